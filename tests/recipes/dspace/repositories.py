import django_oaipmh as oai
from django_oaipmh.descriptions import DublinCore, Friends, Toolkit


class Context(oai.Repository):
    """What all contexts have in common."""

    sets = [
        oai.SetsBy("collections__community", spec="set_spec", name="name", parent="parent", flat=True),
        oai.SetsBy("collections", spec="set_spec", name="name", description="introduction"),
    ]


class Request(Context):
    repository_name = "Example Repository"
    formats = ["oai_dc", "qdc", "mets", "mods", {"format": "marcxml", "prefix": "marc"}, "rdf", "etdms"]
    descriptions = [
        DublinCore(title="Example Repository", description="Everything that everybody may read."),
        Friends(["https://repository.example.org/oai/openaire", "https://repository.example.org/oai/driver"]),
        Toolkit(),
    ]


class OpenAIRE(Context):
    repository_name = "Example Repository for OpenAIRE"
    formats = ["oai_dc", "mets", "oai_openaire"]
    sets = [*Context.sets, oai.Set("openaire", "OpenAIRE")]
    descriptions = [DublinCore(description="What follows the OpenAIRE Guidelines for Literature Repositories.")]


class Driver(Context):
    repository_name = "Example Repository for DRIVER"
    formats = ["oai_dc", "mets"]
    sets = [*Context.sets, oai.Set("driver", "Open Access DRIVERset")]
    descriptions = [DublinCore(description="Textual resources in open access, by the DRIVER Guidelines.")]


request = Request("request")
openaire = OpenAIRE("openaire")
driver = Driver("driver")
