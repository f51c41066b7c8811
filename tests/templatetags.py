"""Tags and filters of a host: nobody knows what they read."""

from django import template

register = template.Library()


@register.simple_tag
def adhoc_simple():
    return "simple"


@register.inclusion_tag("p.xml")
def adhoc_inclusion():
    return {}


@register.filter
def adhoc_filter(value):
    return value


class AdHocNode(template.Node):
    def render(self, context):
        return ""


@register.tag
def adhoc_block(parser, token):
    parser.parse(["endadhoc_block"])
    parser.delete_first_token()
    return AdHocNode()
