<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:l="https://letters.example.org/ns/letter" xmlns="https://letters.example.org/ns/postcard" exclude-result-prefixes="l">
  <xsl:template match="l:head"><b><xsl:value-of select="."/></b><xsl:text> </xsl:text><i>Greetings</i></xsl:template>
</xsl:stylesheet>
