"""Transfer encodings, character sets and encoded words, read without ever failing."""

import binascii
import re

#: Character sets that mail is written in; of the codecs of Python some are no character sets.
_CHARSET = re.compile(
    r"(utf-?(8|16|16le|16be)|(us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-?\d{3,4}|cp-?\d{3,4}"
    r"|koi8-?[ru]|euc-?(kr|jp|cn)|ks_c_5601-1987|ksc5601|iso-?2022-?(kr|jp(-\d)?)|shift[_-]?jis"
    r"|sjis|gb-?2312|gbk|gb18030|big5(-?hkscs)?|tis-?620)",
    re.IGNORECASE,
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_ENCODED_WORD = re.compile(r"=\?([\w*-]{1,40})\?([bq])\?([^?\s]{0,1000})\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t]+(?==\?[\w*-]{1,40}\?[bq]\?)", re.IGNORECASE)


def decode_base64(data: bytes) -> bytes:
    """Decode base64; what does not belong to it is passed over, and an odd end is dropped."""
    letters = _NOT_BASE64.sub(b"", data)
    whole = len(letters) - (len(letters) % 4 == 1)
    return binascii.a2b_base64(letters[:whole] + b"=" * (-whole % 4))


def decode_quoted_printable(data: bytes) -> bytes:
    """Decode quoted-printable (RFC 2045 section 6.7)."""
    return binascii.a2b_qp(data)


def decode_text(data: bytes, charset: str) -> str:
    """Decode text of a character set; of an unknown or a wrong one what most mail is in."""
    name = charset.strip().lower()
    if _CHARSET.fullmatch(name) and name not in {"us-ascii", "ascii"}:
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decode_words(value: str) -> str:
    """Decode the encoded words of a header's value (RFC 2047)."""
    return _ENCODED_WORD.sub(_decode_word, _BETWEEN_WORDS.sub(r"\1", value))


def _decode_word(found: re.Match[str]) -> str:
    charset, encoding, text = found[1].partition("*")[0], found[2].lower(), found[3]
    data = text.encode("utf-8", "replace")
    if encoding == "b":
        return decode_text(decode_base64(data), charset)
    return decode_text(binascii.a2b_qp(data, header=True), charset)
