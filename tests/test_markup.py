"""XML from anywhere: parsed safely, and embedded so that it means the same."""

import codecs
import io
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from django_oaipmh.markup import IllFormed, adopt, clean, comment, embed, escape, parse, read

BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    "source",
    [
        "<a>é</a>",
        '<?xml version="1.0"?><a>é</a>',
        '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<a>é</a>',
        ' \n<?xml version="1.0" encoding="iso-8859-1" standalone="yes"?><a>é</a>',
        "<!DOCTYPE a><a>é</a>",
        '<!DOCTYPE a PUBLIC "-//x//y" "https://nowhere.invalid/a.dtd"><a>é</a>',
        "<!-- before --><?php x ?><a>é</a><!-- after -->",
        "<a>é</a>".encode(),
        "\ufeff<a>é</a>".encode(),
        '<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1"),
        "<?xml version='1.0' encoding='windows-1252'?><a>é</a>".encode("cp1252"),
        '<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"),
        "<a>&#233;</a>",
        "<a><![CDATA[é]]></a>",
        "<a>\x00é\x0b\ufffe\ud800</a>",
    ],
)
def test_the_root_of_whatever_there_is(source):
    root = parse(source)
    assert embed(root) in ('<a xmlns="">é</a>', '<a xmlns=""><![CDATA[é]]></a>')


def test_an_element_is_copied():
    element = etree.fromstring("<x><a/>tail</x>")[0]
    root = parse(element)
    assert root is not element
    assert embed(root) == '<a xmlns=""/>'


@pytest.mark.parametrize(
    "source, words",
    [
        ("", "empty"),
        ("text", "Start tag expected"),
        ("<a>", "line 1"),
        ("<a/><b/>", "Extra content"),
        ("<a>&nbsp;</a>", "nbsp"),
        ('<!DOCTYPE a SYSTEM "x.dtd"><a>&nbsp;</a>', "not defined in XML itself: Entity 'nbsp'"),
        ("<a>&#0;</a>", "line 1"),
        ("<a b='1' b='2'/>", "redefined"),
        ("<x:a/>", None),
        (BOMB, "declares entities of its own"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares entities"),
        (b"<a>\xff</a>", "can't decode"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "nonsense"),
    ],
)
def test_what_cannot_be_disseminated_says_why(source, words):
    if words is None:  # an undeclared prefix: libxml2 forgives it, and what is disseminated has to be well-formed
        with pytest.raises((IllFormed, etree.XMLSyntaxError)):
            etree.fromstring(f"<r>{embed(parse(source))}</r>")
        return
    with pytest.raises(IllFormed) as caught:
        parse(source)
    assert words in str(caught.value)


def test_an_unknown_entity_in_an_attribute_is_not_lost_in_silence():
    with pytest.raises(IllFormed, match="nbsp"):
        parse('<!DOCTYPE a SYSTEM "x.dtd"><a title="&nbsp;"/>')


def test_no_file_is_read(tmp_path):
    (tmp_path / "a.dtd").write_text('<!ENTITY nbsp "read"><!ATTLIST a b CDATA "default">')
    assert embed(parse(f'<!DOCTYPE a SYSTEM "{tmp_path}/a.dtd"><a/>')) == '<a xmlns=""/>'


XML = '<?xml version="1.0" encoding="{}"?><a>é</a>'


@pytest.mark.parametrize(
    "source",
    [
        XML.format("ISO-8859-1").encode("latin-1"),
        XML.format("utf-16").encode("utf-16"),
        XML.format("utf-16").encode("utf-16-le"),  # neither has the mark that tells their order
        XML.format("utf-16").encode("utf-16-be"),
        XML.format("utf-32").encode("utf-32"),
        "<a>é</a>".encode("utf-16"),
        codecs.BOM_UTF8 + XML.format("UTF-8").encode(),
        codecs.BOM_UTF8 + XML.format("ISO-8859-1").encode(),  # the mark knows better
        XML.format("utf-16").encode(),  # converted, and the declaration left as it was
        XML.format("utf-16"),
        XML.format("iso-8859-1"),
    ],
)
def test_encodings(source):
    assert parse(source).text == "é"


@pytest.mark.parametrize("encoding", ["rot13", "undefined", "no-such-thing", "utf-8", "ascii"])
def test_bytes_that_are_no_text(encoding):
    with pytest.raises(IllFormed):
        parse(f'<?xml version="1.0" encoding="{encoding}"?><a>\udcff</a>'.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    "source, text",
    [
        ("<a><![CDATA[<!ENTITY x 'y'>]]></a>", "<!ENTITY x 'y'>"),
        ("<a><!-- <!ENTITY x 'y'> -->y</a>", None),
        ("<!-- <!ENTITY x 'y'> --><a>y</a>", "y"),
        ("<a>&lt;!ENTITY x 'y'></a>", "<!ENTITY x 'y'>"),
        ('<!DOCTYPE a [<!ENTITY logo SYSTEM "logo.gif" NDATA gif>]><a>y</a>', "y"),
        ('<!DOCTYPE a [<!ENTITY x "unused">]><a>y</a>', "y"),
        ('<!DOCTYPE a [<!ENTITY % p SYSTEM "nowhere.ent"> %p;]><a>y</a>', "y"),
    ],
)
def test_entities_that_are_not_used_do_no_harm(source, text):
    root = parse(source)
    assert root.text == text
    assert b"DOCTYPE" not in etree.tostring(root.getroottree())


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ATTACKS = [
    f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a>&l9;</a>',
    f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]><a b="&l9;"/>',
    f'<!DOCTYPE a [<!ENTITY x "{"x" * 50_000}">]><a b="{"&x;" * 50_000}"/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "SECRET">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "SECRET">]><a b="&x;"/>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "ENTITIES"> %p;]><a>&stolen;</a>',
    '<!DOCTYPE a SYSTEM "ENTITIES"><a>&stolen;</a>',
]


@pytest.mark.parametrize("source", ATTACKS)
def test_attacks_by_entities_give_nothing_away(source, tmp_path):
    (tmp_path / "secret").write_text("the secret")
    (tmp_path / "entities").write_text(f'<!ENTITY stolen SYSTEM "{(tmp_path / "secret").as_uri()}">')
    source = source.replace("SECRET", (tmp_path / "secret").as_uri())
    source = source.replace("ENTITIES", (tmp_path / "entities").as_uri())
    begun = time.process_time()
    with pytest.raises(IllFormed) as caught:
        parse(source)
    assert "the secret" not in str(caught.value)
    assert time.process_time() - begun < 5


def test_a_document_type_that_is_not_read_gives_no_attributes(tmp_path):
    """Not even a namespace: XML that leaves that to its DTD is not well-formed without it."""
    xlink = "http://www.w3.org/1999/xlink"
    (tmp_path / "a.dtd").write_text(f'<!ATTLIST a b CDATA "b" xmlns:xlink CDATA #FIXED "{xlink}">')
    system = f'<!DOCTYPE a SYSTEM "{(tmp_path / "a.dtd").as_uri()}">'
    assert dict(parse(f"{system}<a/>").attrib) == {}
    with pytest.raises(IllFormed, match="xlink"):
        parse(f'{system}<a xlink:href="x"/>')
    own = parse(f'<!DOCTYPE a [<!ATTLIST a xmlns:xlink CDATA #FIXED "{xlink}">]><a xlink:href="x"/>')
    assert etree.fromstring(embed(own)).get(f"{{{xlink}}}href") == "x"


def test_inclusions_are_left_alone(tmp_path):
    (tmp_path / "secret").write_text("the secret")
    source = f"""<a><x:include xmlns:x="http://www.w3.org/2001/XInclude" parse="text"
        href="{(tmp_path / "secret").as_uri()}"/></a>"""
    assert "the secret" not in embed(parse(source))
    assert len(parse(source)) == 1


def test_what_no_usual_parser_takes_is_not_disseminated():
    with pytest.raises(IllFormed, match=r"too long|huge"):
        parse(f"<a>{'x' * 10_000_001}</a>")
    with pytest.raises(IllFormed, match="depth"):
        parse("<a>" * 300 + "</a>" * 300)
    many = f"<b>{'x' * 1_000_000}</b>" * 12
    assert len(parse(f"<a>{many}</a>")) == 12


PIECES = st.sampled_from(
    [
        *(
            "<a>",
            "</a>",
            "<a/>",
            "<x:a>",
            "</x:a>",
            '<a xmlns:x="urn:x" x:b="1">',
            '<a xmlns="urn:a">',
            '<a xmlns="">',
        ),
        *(
            "<!DOCTYPE a>",
            "<!DOCTYPE a [",
            "]>",
            '<!ENTITY e "x">',
            '<!ENTITY % p "">',
            "%p;",
            "&e;",
            "&amp;",
            "&nbsp;",
        ),
        *('<!ATTLIST a b CDATA "c">', '<!ENTITY e "<a>">', '<a b="&e;">', '<!ENTITY u SYSTEM "u" NDATA n>'),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?x y?>",
            '<?xml version="1.1"?>',
            '<?xml encoding="utf-16"?>',
            "\ufeff",
        ),
        *("&#0;", "&#60;", "&", "<", "\x00", "\ufffe", "\ud800", " ", "text", "é"),
    ]
)


@settings(max_examples=100)
@given(pieces=st.lists(PIECES, max_size=12), encoding=st.sampled_from(["", "utf-8", "utf-16", "latin-1"]))
def test_whatever_is_stored_is_refused_or_means_the_same_in_a_response(pieces, encoding):
    """Invariant 5: nothing stored breaks the page that it is on."""
    text = "<a>" * (len(pieces) % 2) + "".join(pieces) + "</a>" * (len(pieces) % 2)
    source = text.encode(encoding, "ignore") if encoding else text
    try:
        root = parse(source)
        root = adopt(root, "urn:a") if not root.tag.startswith("{") else root
    except IllFormed as error:
        assert str(error)
        return
    response = etree.fromstring(f'<OAI-PMH xmlns="urn:oai"><metadata>{embed(root)}</metadata></OAI-PMH>')
    assert contents(response[0][0]) == contents(root)


def contents(root):
    return [(one.tag, dict(one.attrib), one.text, one.tail if one is not root else None) for one in root.iter()]


ELEMENT = etree.fromstring("<a/>")


@pytest.mark.parametrize(
    "source, content",
    [
        ("<a/>", "<a/>"),
        (b"<a/>", b"<a/>"),
        (bytearray(b"<a/>"), b"<a/>"),
        (memoryview(b"<a/>"), b"<a/>"),
        (ELEMENT, ELEMENT),
        (etree.ElementTree(ELEMENT), ELEMENT),
        (io.StringIO("<a/>"), "<a/>"),
        (io.BytesIO(b"<a/>"), b"<a/>"),
        (ContentFile(b"<a/>"), b"<a/>"),
        (None, None),
        ("", None),
        (b"", None),
        (" \n", None),
        (memoryview(b""), None),
        (etree.ElementTree(), None),
        (io.BytesIO(), None),
    ],
)
def test_whatever_xml_is_kept_in(source, content):
    assert read(source) == content


def test_files_are_read_and_closed(tmp_path):
    path = Path(tmp_path / "a.xml")
    path.write_bytes(XML.format("iso-8859-1").encode("latin-1"))
    assert parse(read(path)).text == "é"
    file = path.open("rb")
    assert parse(read(file)).text == "é"
    assert file.closed
    with pytest.raises(FileNotFoundError, match=r"gone\.xml"):
        read(tmp_path / "gone.xml")


@pytest.mark.parametrize("source", [1, object(), ["<a/>"], {"a": 1}, True])
def test_what_holds_no_xml(source):
    with pytest.raises(TypeError, match=f"{type(source).__name__} holds no XML"):
        read(source)


@pytest.mark.parametrize("text", ["", "a", "--", "a-->b", "---", "-", "<!-- -->", "a\x00-\x00-\ufffe>", "x-", "&<>'"])
def test_a_comment_cannot_be_broken(text):
    """No two hyphens next to each other, and none at the end, whatever is left out of it."""
    root = etree.fromstring(f"<a>{comment(text)}<b/></a>")
    assert [one.tag for one in root] == [etree.Comment, "b"]
    assert root.text is None
    assert root[0].text.replace(" ", "") == clean(text).replace(" ", "")


def test_what_is_adopted_keeps_all_but_its_lack_of_a_namespace():
    xlink, math = "http://www.w3.org/1999/xlink", "http://www.w3.org/1998/Math/MathML"
    root = parse(
        f"""<a xmlns:xlink="{xlink}" xmlns:m="{math}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
        xsi:noNamespaceSchemaLocation="a.xsd" xml:lang="en" b="1"> text <!-- kept --><i xlink:href="#x">in</i> tail
        <math xmlns="{math}"><mi/><c xmlns=""><d/></c></math><m:math/></a>"""
    )
    adopted = etree.fromstring(embed(adopt(root, "urn:a")))
    names = ["{urn:a}a", "{urn:a}i", f"{{{math}}}math", f"{{{math}}}mi", "{urn:a}c", "{urn:a}d", f"{{{math}}}math"]
    assert [one.tag for one in adopted.iter(etree.Element)] == names
    assert dict(adopted.attrib) == {"{http://www.w3.org/XML/1998/namespace}lang": "en", "b": "1"}
    assert adopted[1].get(f"{{{xlink}}}href") == "#x"
    assert adopted.text == " text " and adopted[0].text == " kept " and adopted[1].tail.startswith(" tail")
    assert adopted.prefix is None


def test_blanks():
    assert embed(parse("<a> <b/> </a>", ignore_blanks=True)) == '<a xmlns=""><b/></a>'
    assert embed(parse("<a> <b/> </a>")) == '<a xmlns=""> <b/> </a>'


@pytest.mark.parametrize(
    "source",
    [
        "<a/>",
        "<a><b c='1'/></a>",
        '<x:a xmlns:x="urn:x"><b/></x:a>',
        '<x:a xmlns:x="urn:x"><x:b><c xmlns="urn:c"><d xmlns=""/></c></x:b></x:a>',
        '<a xmlns="urn:a"><b xmlns=""/></a>',
        '<a xmlns="urn:a" xmlns:x="urn:x" x:y="1"><x:b/></a>',
        "<a><!-- comment --> text </a>",
    ],
)
def test_what_is_embedded_means_the_same(source):
    """Namespaces are those of the document itself, not the default one of the response around it."""
    root = parse(source)
    response = etree.fromstring(f'<OAI-PMH xmlns="urn:oai"><metadata>{embed(root)}</metadata></OAI-PMH>')
    inside = response[0][0]
    assert [element.tag for element in inside.iter()] == [element.tag for element in root.iter()]
    assert [dict(element.attrib) for element in inside.iter()] == [dict(element.attrib) for element in root.iter()]


def test_clean_and_escape():
    assert clean("a\t\n\r\x00\x1f\ud800\ufffe\uffff\U0001d11e") == "a\t\n\r\U0001d11e"
    assert escape("<a & 'b'>\x00") == "&lt;a &amp; 'b'&gt;"
