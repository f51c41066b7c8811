"""Access rights and licences: what is recognised, and that nothing else is."""

import pytest
from hypothesis import given

from django_oaipmh.metadata import Concept
from django_oaipmh.standards.access_rights import ACCESS_RIGHTS, access_right
from django_oaipmh.standards.licences import CreativeCommons, creative_commons, rights_statement, spdx

from ..formats.descriptions import WORDS

OPEN = (f"{ACCESS_RIGHTS}c_abf2", "open access")


@pytest.mark.parametrize(
    "values, expected",
    [
        (["open access"], OPEN),
        (["Open Access"], OPEN),
        ([Concept("freier Zugang", f"{ACCESS_RIGHTS}c_abf2", lang="de")], OPEN),
        (["https://purl.org/coar/access_right/c_abf2/"], OPEN),
        (["© the authors", "info:eu-repo/semantics/openAccess"], OPEN),
        (["embargoedAccess"], (f"{ACCESS_RIGHTS}c_f1cf", "embargoed access")),
        (["restricted"], (f"{ACCESS_RIGHTS}c_16ec", "restricted access")),
        (["info:eu-repo/semantics/closedAccess"], (f"{ACCESS_RIGHTS}c_14cb", "metadata only access")),
        (["Open on Mondays", f"{ACCESS_RIGHTS}c_0000", ""], None),
        ([], None),
    ],
)
def test_access_rights(values, expected):
    assert access_right(values) == expected


@pytest.mark.parametrize(
    "licence, expected",
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0", "CC-BY-NC-SA-3.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        ("https://creativecommons.org/licenses/by/3.0/de/", "CC-BY-3.0-DE"),
        ("https://creativecommons.org/licenses/by/3.0/fr/", ""),
        ("https://creativecommons.org/licenses/by/9.0/", ""),
        ("https://creativecommons.org/licenses/sampling/1.0/", ""),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", ""),
        ("https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1", "CC-BY-4.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("CC BY-ND-SA 4.0", ""),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://opensource.org/license/apache-2-0", "Apache-2.0"),
        ("http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
        ("https://spdx.org/licenses/GPL-3.0-or-later.html", "GPL-3.0-or-later"),
        ("All rights reserved", ""),
        ("", ""),
    ],
)
def test_licences(licence, expected):
    assert spdx(licence) == expected


@given(value=WORDS)
def test_any_words_may_be_rights(value):
    assert access_right([value]) is None or access_right([value])[0].startswith(ACCESS_RIGHTS)
    assert spdx(value) == "" or " " not in spdx(value)


@pytest.mark.parametrize(
    "uri, expected, name",
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.de", ("by-nc-sa", "4.0", ""), "CC BY-NC-SA 4.0"),
        ("http://www.creativecommons.org/licenses/BY/3.0/igo", ("by", "3.0", "igo"), "CC BY 3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/?a#b", ("zero", "1.0", ""), "CC0 1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", ("mark", "1.0", ""), ""),
    ],
)
def test_creative_commons(uri, expected, name):
    found = creative_commons(uri)
    assert found == CreativeCommons(*expected)
    assert found.name == name
    assert creative_commons(found.uri) == found
    assert rights_statement(uri) == found.uri


@pytest.mark.parametrize(
    "uri",
    [
        "https://creativecommons.org/licenses/by/2.1/",
        "https://creativecommons.org/licenses/by/4.0/de/",
        "https://creativecommons.org/licenses/nc/1.0/",
        "https://creativecommons.org/publicdomain/zero/2.0/",
        "https://creativecommons.org/publicdomain/zero/1.0/de/",
        "https://creativecommons.org/about/",
        "CC BY 4.0",
    ],
)
def test_what_creative_commons_has_not(uri):
    assert creative_commons(uri) is None
