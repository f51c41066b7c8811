"""The peer `oaipmh` (formerly pyoai): its BatchingServer, which pages in the database."""

from datetime import datetime, timezone
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from oaipmh.common import Header, Identify, Metadata
from oaipmh.metadata import MetadataRegistry
from oaipmh.server import BatchingServer, oai_dc_writer

from benchmarks import settings

from . import works

IDENTIFY = Identify(
    repositoryName=settings.OAIPMH["REPOSITORY_NAME"],
    baseURL=settings.OAIPMH["BASE_URL"],
    protocolVersion="2.0",
    adminEmails=settings.OAIPMH["ADMIN_EMAILS"],
    earliestDatestamp=datetime(2020, 1, 1),
    deletedRecord="no",
    granularity="YYYY-MM-DDThh:mm:ssZ",
    compression=["identity"],
)


class Provider:
    """The part of the peer's batching interface that a harvest of everything needs."""

    def identify(self) -> Identify:
        return IDENTIFY

    def listRecords(self, metadataPrefix: str, cursor: int, batch_size: int) -> list[tuple[Header, Metadata, None]]:
        return [
            (
                Header(
                    None,
                    works.identifier(work),
                    work.modified.astimezone(timezone.utc).replace(tzinfo=None),
                    works.set_specs(work),
                    False,
                ),
                Metadata(None, works.dublin_core(work)),
                None,
            )
            for work in works.page(cursor, cursor + batch_size)
        ]


registry = MetadataRegistry()
registry.registerWriter("oai_dc", oai_dc_writer)
server = BatchingServer(Provider(), registry, resumption_batch_size=settings.PAGE_SIZE)


def answer(request: HttpRequest) -> HttpResponse:
    arguments: dict[str, Any] = request.GET.dict()
    return HttpResponse(server.handleRequest(arguments), content_type="text/xml; charset=utf-8")


urlpatterns = [path("oai", answer)]
