"""XML from anywhere: parsed safely, and embedded so that it means the same."""

import pytest
from lxml import etree

from django_oaipmh.markup import IllFormed, clean, embed, escape, parse

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
