"""Load a dump, then harvest what has changed since: ``python first_harvest.py http://society.example.org/dump``."""

import gzip
import hashlib
import itertools
import json
import sys
from urllib.parse import urlencode
from urllib.request import urlopen
from xml.etree import ElementTree

OAI = "{http://www.openarchives.org/OAI/2.0/}"


def fetch(url):
    with urlopen(url) as response:
        return response.read()


def dumped(folder, manifest, prefix):
    """Yield the records of the dump."""
    (listed,) = (one for one in manifest["lists"] if one["metadataPrefix"] == prefix)
    for file in listed["files"]:
        content = fetch(f"{folder}/{file['name']}")
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise SystemExit(f"{file['name']} is damaged, or there is a new dump: begin again")
        yield from ElementTree.fromstring(gzip.decompress(content)).iter(OAI + "record")


def changed(base_url, prefix, since):
    """Yield the records that have changed, by ListRecords."""
    arguments = {"metadataPrefix": prefix, "from": since}
    while arguments:
        root = ElementTree.fromstring(fetch(f"{base_url}?{urlencode({'verb': 'ListRecords', **arguments})}"))
        yield from root.iter(OAI + "record")
        token = root.findtext(f"{OAI}ListRecords/{OAI}resumptionToken")
        arguments = {"resumptionToken": token} if token else {}


def harvest(folder, prefix="oai_dc"):
    """Return identifier → record of what is not deleted."""
    manifest = json.loads(fetch(f"{folder}/manifest.json"))
    since = manifest["responseDate"][: len(manifest["granularity"])]  # in days, if the repository knows no more
    copy = {}
    for record in itertools.chain(dumped(folder, manifest, prefix), changed(manifest["baseURL"], prefix, since)):
        copy[record.findtext(f"{OAI}header/{OAI}identifier")] = record
    return {name: record for name, record in copy.items() if record[0].get("status") != "deleted"}


if __name__ == "__main__":
    for name in harvest(sys.argv[1]):
        print(name)
