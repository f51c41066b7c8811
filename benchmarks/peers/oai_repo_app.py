"""The peer `oai-repo`: its DataInterface, with the methods that take a whole page at once."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from lxml import etree
from oai_repo import NSMAP_OAIDC, OAIDC_SCHEMA, DataInterface, Identify, MetadataFormat, OAIRepository, RecordHeader

from benchmarks import settings
from benchmarks.models import Work

from . import works

IDENTIFY = Identify(
    repository_name=settings.OAIPMH["REPOSITORY_NAME"],
    base_url=settings.OAIPMH["BASE_URL"],
    admin_email=settings.OAIPMH["ADMIN_EMAILS"],
    earliest_datestamp="2020-01-01T00:00:00Z",
    deleted_record="no",
    granularity="YYYY-MM-DDThh:mm:ssZ",
)
FORMATS = [
    MetadataFormat(
        "oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"
    )
]
OAI_DC = f"{{{NSMAP_OAIDC['oai_dc'].decode()}}}dc"
DC = f"{{{NSMAP_OAIDC['dc'].decode()}}}"


class Provider(DataInterface):
    """The part of the peer's interface that a harvest of everything needs; one for each request.

    The peer asks for identifiers first, then for their metadata, headers and abouts: the works are read once.
    """

    limit = settings.PAGE_SIZE
    works: list[Work]

    def get_identify(self) -> Identify:
        return IDENTIFY

    def get_metadata_formats(self, identifier: str | None = None) -> list[MetadataFormat]:
        return FORMATS

    def list_identifiers(
        self,
        metadataprefix: str,
        filter_from: datetime | None = None,
        filter_until: datetime | None = None,
        filter_set: str | None = None,
        cursor: int = 0,
    ) -> tuple[list[str], int, None]:
        self.works = works.page(cursor, cursor + self.limit)
        return [works.identifier(work) for work in self.works], works.count(), None

    def get_records_header(self, identifiers: list[str]) -> list[RecordHeader]:
        return [
            RecordHeader(works.identifier(work), work.modified.strftime(works.DATESTAMP), works.set_specs(work))
            for work in self.works
        ]

    def get_records_metadata(self, identifiers: list[str], metadataprefix: str) -> list[Any]:
        return [oai_dc(work) for work in self.works]

    def get_records_abouts(self, identifiers: list[str]) -> list[list[Any]]:
        return [[] for _ in identifiers]


def oai_dc(work: Work) -> Any:
    root = etree.Element(OAI_DC, nsmap=NSMAP_OAIDC)
    root.set(*OAIDC_SCHEMA)
    for element, values in works.dublin_core(work).items():
        for value in values:
            etree.SubElement(root, DC + element).text = value
    return root


def answer(request: HttpRequest) -> HttpResponse:
    response = OAIRepository(Provider()).process(request.GET.dict())
    return HttpResponse(bytes(response), content_type="text/xml; charset=utf-8")


urlpatterns = [path("oai", answer)]
