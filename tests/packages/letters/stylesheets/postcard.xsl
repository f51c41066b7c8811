<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:l="https://letters.example.org/ns/letter" xmlns="https://letters.example.org/ns/postcard" exclude-result-prefixes="l">
  <xsl:import href="parts/head.xsl"/>
  <xsl:param name="identifier"/>
  <xsl:template match="/l:letter">
    <postcard number="{$identifier}"><xsl:apply-templates select="l:head"/></postcard>
  </xsl:template>
</xsl:stylesheet>
