<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:g="https://press.example.org/ns/galley" xmlns="urn:letters" exclude-result-prefixes="g">
  <xsl:template match="/g:article"><letter><xsl:value-of select="g:title"/></letter></xsl:template>
</xsl:stylesheet>
