"""Languages: BCP 47 tags, and the codes of ISO 639 that older formats want."""

import re
from functools import lru_cache

try:
    import langcodes
except ImportError:
    langcodes = None

#: The codes of ISO 639-2 for what has no code of two letters.
_CODES = """
    ace ach ada ady afa afh ain akk ale alg alt ang anp apa arc arn arp art arw ast ath aus awa bad bai bal ban
    bas bat bej bem ber bho bik bin bla bnt bra btk bua bug byn cad cai car cau ceb cel chb chg chk chm chn cho
    chp chr chy cmc cnr cop cpe cpf cpp crh crp csb cus dak dar day del den dgr din doi dra dsb dua dum dyu efi
    egy eka elx enm ewo fan fat fil fiu fon frm fro frr frs fur gaa gay gba gem gez gil gmh goh gon gor got grb
    grc gsw gwi hai haw hil him hit hmn hsb hup iba ijo ilo inc ine inh ira iro jbo jpr jrb kaa kab kac kam kar
    kaw kbd kha khi kho kmb kok kos kpe krc krl kro kru kum kut lad lah lam lez lol loz lua lui lun luo lus mad
    mag mai mak man map mas mdf mdr men mga mic min mis mkh mnc mni mno moh mos mul mun mus mwl mwr myn myv nah
    nai nap nds new nia nic niu nog non nqo nso nub nwc nym nyn nyo nzi osa ota oto paa pag pal pam pap pau peo
    phi phn pon pra pro raj rap rar roa rom rup sad sah sai sal sam sas sat scn sco sel sem sga sgn shn sid sio
    sit sla sma smi smj smn sms snk sog son srn srr ssa suk sus sux syc syr tai tem ter tet tig tiv tkl tlh tli
    tmh tog tpi tsi tum tup tut tvl tyv udm uga umb und vai vot wak wal war was wen xal yao yap ypk zap zbl zen
    znd zun zxx zza
"""
_WITHOUT_ALPHA2 = frozenset(_CODES.split())

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


@lru_cache(maxsize=1024)
def tag(code: str) -> str:
    """Return a language as the shortest BCP 47 tag (``ger`` and ``deu`` → ``de``, ``pt_BR`` → ``pt-BR``).

    Without the library a tag stays as it is; what cannot be a tag gives nothing.
    """
    written = code.strip().replace("_", "-")
    if not _TAG.fullmatch(written):
        return ""
    if langcodes is None:
        return written
    try:
        return str(langcodes.standardize_tag(written))
    except langcodes.LanguageTagError:
        return ""


@lru_cache(maxsize=1024)
def alpha3(code: str, *, bibliographic: bool = True) -> str:
    """Return a language's code in ISO 639-2 (``de-AT`` → ``ger``, or ``deu`` if not ``bibliographic``), else nothing.

    Languages that only ISO 639-3 knows have none. Without the library only codes of three letters are known, as
    they are.
    """
    primary = tag(code).split("-")[0].lower()
    if langcodes is None:
        return primary if len(primary) == 3 else ""
    try:
        language = langcodes.get(primary)
        found = str(language.to_alpha3(variant="B" if bibliographic else "T")) if language.is_valid() else ""
        return found if len(primary) == 2 or found in _WITHOUT_ALPHA2 else ""
    except (LookupError, langcodes.LanguageTagError):
        return ""
