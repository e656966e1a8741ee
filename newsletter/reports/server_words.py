"""What servers write when they take no message, told apart by the words that occur in it.

Collected from what the servers and services named in `tests/corpus/bounces/` write. A pattern that
says too much loses a reader for good, one that says too little tells the operator of a block.
"""

import re
from collections.abc import Iterable
from typing import Final

from newsletter.reports.words import mask_addresses

MOST_CHARACTERS: Final = 2000

_URL = re.compile(r"\bhttps?://\S*|\bwww\.\S*", re.IGNORECASE)
#: ``host mx.example.org[192.0.2.1] said:``: a server may be called spamfilter and know nobody.
#: Exchange's reasons, such as ``RESOLVER.RST.AuthRequired``, only look like a host's name.
_HOST = re.compile(
    r"\b(?!resolver\.)(?<!resolver\.)(?:[a-z0-9](?:[a-z0-9-]{0,61})?\.)+[a-z][a-z0-9-]{1,61}\b",
    re.IGNORECASE,
)
_SAID = re.compile(r"\bhost \S{1,255} (?:said|refused to talk to me):", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_LISTS = re.compile(
    r"spamhaus|spamcop|barracudacentral|sorbs\.net|uceprotect|surbl|invaluement|senderscore"
    r"|cloudmark|abusix|truncate\.gbudb|trendmicro",
    re.IGNORECASE,
)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_WHO = r"(?:user|mailbox|mail ?box|recipient|account|addressee?|person|customer|inbox|alias|member)"

#: There is no such address: enough by itself, whatever the code is.
NOBODY: Final = _any(
    [
        rf"\b(?:unknown|no such|nonexist[ae]nt|non-existent|no valid) (?:local |virtual )?{_WHO}",
        r"\bunknown (?:or illegal |local )?(?:local[- ]part|alias|user)",
        rf"\b{_WHO}(?:name)?(?: \S{{1,80}})? (?:is |was )?(?:unknown|nonexist[ae]nt)",
        rf"\b{_WHO}.{{0,60}}?(?:does not|doesn'?t|do not|don't|did not|didn't) exist",
        r"\bdoes ?n(?:o|')t have an?\b.{0,20}\baccount",
        rf"\b{_WHO}(?: \S{{1,80}})? (?:is |was |could |can )?(?:not|n't) (?:be )?(?:found|known)",
        rf"\b{_WHO}.{{0,20}}(?:wasn't|couldn't be|cannot be|can't be) found",
        r"\bno (?:such )?(?:mailbox|account|user|person|one)(?: here)? (?:by|with) (?:that|this)",
        r"\bno mailbox here|\bnot our customer|\bunable to find recipient",
        rf"\binvalid (?:local )?(?:{_WHO}|rcpt)|\bnot an? (?:valid|known|existing) {_WHO}",
        rf"\bis not (?:a )?(?:valid|known) (?:{_WHO}|at this)|\bnot listed in .{{0,40}}directory",
        r"\bresolver\.adr\.(?:ex)?recip(?:ient)?not(?:found|foundfromdirectory)?",
        r"\bunrouteable address|\bunresolvable address|\bno such address|\baddress unknown",
        r"\bbad destination (?:mailbox )?address|\bunknown address",
        # The whole answer of IronPort, and of Cox, for a recipient whom they do not know.
        r"#5\.1\.0 address rejected\b|\b5\.1\.0 <?\*\*\*>? recipient rejected\b",
        # German, French, Spanish, Portuguese, Italian, Dutch, Russian.
        r"empf(?:ä|ae)nger(?:adresse)? (?:\S{1,80} )?(?:ist )?(?:unbekannt|existiert nicht)",
        r"unbekannter? (?:empf(?:ä|ae)nger|benutzer|teilnehmer)|benutzer unbekannt",
        r"(?:postfach|adresse|konto).{0,60}existiert nicht|(?:postfach|konto) nicht gefunden",
        r"n'existe pas|(?:utilisateur|destinataire|adresse) inconnue?",
        r"adresse d.{0,4}au moins un destinataire invalide|(?:usuario|destinatario) desconocido",
        r"(?:direcci[oó]n|cuenta|usuario|buz[oó]n|endere[cç]o|conta).{0,40}(?:no|n[aã]o) existe",
        r"(?:utente|indirizzo|casella).{0,40}(?:sconosciut|inesistente|non esiste)",
        r"(?:gebruiker|adres|ontvanger).{0,40}(?:onbekend|bestaat niet)",
        r"(?:пользовател|адрес|ящик|получател).{0,40}не (?:существует|найден)",
        # Korean, Japanese, Chinese.
        r"(?:존재하지|등록되지) ?않[는은](?! 도메인)",
        r"없는 ?(?:사용자|계정|주소|메일|아이디|수신)",
        r"(?:사용자|계정|수신자|주소|메일함)[를을이가은는]? ?찾을 ?수 ?(?:가 )?없",
        r"(?:宛先|ユーザー?|アドレス|メールボックス|受信者)[がはを]?.{0,12}存在し(?:ません|ない)",
        r"(?:宛先|ユーザー?|アドレス|メールボックス|受信者)[がはを]?.{0,12}(?:見つかりません|不明)",
        r"(?:用户|用戶|收件人|邮箱|郵箱|帐号|帳號|地址).{0,10}(?:不存在|不存|未找到|找不到)",
    ]
)

#: The address is no more; enough beside a code that says never.
GONE: Final = _any(
    [
        rf"\b{_WHO} (?:that you tried to reach |\S{{1,80}} )?(?:is |was |has been )?"
        rf"(?:currently |now |permanently )?{gone}"
        for gone in (
            "(?:disabled|inactive|deactivated|closed|deleted|terminated|discontinued|dormant)",
            "(?:cancell?ed|removed|no longer (?:valid|active|in use|exists?|available|on server))",
        )
    ]
    + [
        rf"\b(?:disabled|inactive|deactivated|closed|dormant) {_WHO}|\b{_WHO} (?:is )?not active",
        r"(?:휴면|탈퇴|정지|삭제)(?:된|한)? ?(?:계정|사용자|회원|메일)",
        r"postfach.{0,40}(?:gesperrt|deaktiviert|geschlossen)|\barchived recipient",
        r"(?<!sender )\baddress (?:is )?no longer (?:valid|active|in use|exists?|available)",
    ]
)

#: The name of the domain is not in DNS.
NO_DOMAIN: Final = _any(
    [
        r"host or domain name not found|domain.{0,80}(?:does not exist|not found|doesn't exist)",
        r"name or service not known|no such (?:host|domain)|\bnxdomain|dns\.nonexistentdomain",
        r"host not found(?!.{0,3}try again)|unknown host|couldn't find any host (?:named|by that)",
        r"bad destination (?:host|system)|host unknown|infodomainnonexistent|null mx",
        r"all relevant mx records point to non-existent hosts",
        r"an mx or srv record indicated no smtp service",
        r"domain .{0,60}(?:does not|doesn't) accept (?:any )?(?:e-?mail|mail)",
    ]
)

FULL: Final = _any(
    [
        rf"\b{_WHO}.{{0,60}}?\bfull\b|\bfull (?:mail|in)?box",
        r"\bover ?(?:the |its |his |their )?(?:mail ?box |disk |storage |allowed )?quota",
        rf"\bquota\b.{{0,40}}\b(?:exceed|full|reached|violat|over)|\b{_WHO}.{{0,60}}quota",
        r"\bexceed\w* .{0,40}(?:quota|storage|mailbox|disk)|\bout of (?:storage|space)",
        r"\binsufficient (?:system |disk )?(?:storage|space)|\bdisk (?:space|full|quota)",
        r"\bstorage (?:limit|allocation|space|quota)",
        r"\bno space left|\bnot enough (?:storage|space)",
        rf"\b{_WHO}.{{0,60}}(?:over|exceed\w*).{{0,20}}limit",
        r"용량.{0,20}(?:초과|부족)|(?:메일함|사서함|편지함|보관함).{0,20}(?:가득|꽉|초과)",
        r"容量.{0,12}(?:超|不足|一杯|いっぱい|オーバー)|メールボックス.{0,12}(?:一杯|いっぱい|満杯)",
        r"(?:邮箱|郵箱|信箱|空间|空間|容量).{0,12}(?:已满|已滿|满|不足|超)",
        r"(?:postfach|mailbox|speicherplatz|kontingent).{0,40}(?:voll|ersch(?:ö|oe)pft|(?:ü|ue)bersch)",
        r"bo[iî]te.{0,40}pleine|(?:buz[oó]n|casilla|casella|caixa).{0,40}(?:llen|pien|chei)",
        r"переполнен|превышен.{0,20}(?:квот|лимит|размер)",
    ]
)

#: Waiting helps; no list of addresses was looked at.
LATER: Final = _any(
    [
        r"\bgr[ae]y-?list|\btemporar(?:y|ily)|\b(?:try|retry|come back|tried) (?:again )?later",
        r"\btry again in\b|\btimed? ?out\b|\btime-?out\b|\bexpired?\b(?!.{0,20}(?:account|user))",
        r"\bnot yet been delivered|\bat a rate that|\btoo (?:fast|quickly)\b|\bservice unavailable",
        r"\bsuspended\b|\bmailbox (?:is )?locked|\bmaintenance\b|\bat this time\b",
        r"\bclosed connection\b",
        r"\bconnection (?:refused|lost|dropped|reset)|\blost connection|\bunreachable|\bno route",
        # IronPort's "DNS Hard Error" is the one that lasts.
        r"\bdns soft (?:error|fail)|\bdns lookup fail|\bcurrently (?:unavailable|not available)",
        r"\bretry time not reached|\bserver (?:is )?busy|\bdeferred\b|\bhop count|\bloops? back",
        r"\btoo many hops|\bmail (?:forwarding )?loop|\bdelivery loop|\brouting loop",
        r"잠시 ?후|일시적|一時的|しばらく|暂时|稍后|稍後|vor(?:ü|ue)bergehend|sp(?:ä|ae)ter erneut",
    ]
)

#: Our own set-up: how messages are signed, who may send them, TLS, names of the sender.
OURS: Final = _any(
    [
        r"\bspf\b|\bdkim\b|\bdmarc\b|\bunauthenticated|\bsender[- ]?id\b|\barc validation",
        r"\bauthentication (?:is )?(?:required|needed|failed|checks?|level|information|results?)",
        r"\bnot authenticated|\b(?:must|please|need to) (?:first )?authenticate|\bsmtp auth",
        r"\bstarttls|\b(?:tls|encryption) (?:is )?(?:required|needed)|\brequires? tls\b",
        r"\breverse (?:dns|lookup)|\brdns\b|\bptr record|\bnot verified\b|\bdomain alignment",
        r"\bsender (?:address |domain )?(?:rejected|verif\w+ failed|does not exist|not found)",
        r"\bsender (?:address |domain )?(?:could not be verified|must resolve)|\bsender verify",
        r"\bclient does not have permissions? to send as|\bhelo command rejected",
        r"\bsender (?:is (?:an? )?unknown|mailbox|account)\b",
        r"\breturn path (?:mailbox|address|user|domain|is|does)\b",
        r"\bdomain of sender|\bsender'?s? (?:address |domain )(?:does not|doesn't|is not)",
        # GMX, about the sender's domain, behind "mailbox unavailable".
        r"\binvalid dns mx or a/aaaa (?:resource )?record",
    ]
)

#: The recipient takes mail from his own organisation only; no set-up of ours would help.
INSIDERS_ONLY: Final = _any(
    [r"\bresolver\.rst\.", r"\bexternal senders?\b", r"\bnot authenticated by organization"]
)

#: Said before anybody was told whom the message is for: `user unknown` is then the sender.
BEFORE_RECIPIENT: Final = _any(
    [
        r"\bafter (?:pipelined )?(?:mail from|ehlo|helo|initial connection)\b",
        r"\bin reply to (?:mail from|ehlo|helo)\b|\bbut sender was rejected",
    ]
)

#: Our account may not send more: each recipient gets the same answer.
OUR_LIMIT: Final = _any(
    [r"\b(?:daily|user|account|hourly)\b.{0,20} sending (?:limit|quota)", r"\byour sending limit"]
)

#: Policy or reputation: it says nothing of the address.
POLICY: Final = _any(
    [
        r"spam(?!\w*\.)|\bunsolicited|\bjunk\b|\bbulk\b|\bblack-?\s?list|\bblock-?\s?list|\bblocked",
        r"\bdeny-?list|\brbl\b|\bdnsbl\b|\breputation|\bpolic(?:y|ies)|\bprohibit|\bforbidden|\bbann",
        r"\baccess (?:is |was )?denied|\bnot authori[sz]ed|\bunauthori[sz]ed|\bpermissions?\b",
        r"\bvirus|\bmalware|\bphish|\bcontent (?:was )?(?:reject|filter|block|polic|restrict)",
        r"\bmessage content|\brejected (?:due to|because|for\b)|\bcomplain|\bsuspicious|\babuse",
        r"(?<!not )\blisted (?:in|at|on|by)\b|\brate limit|\btoo many\b|\bunusual rate",
        r"\brestrict(?:ed|ion)|\babusive|\baccept\w* .{0,30}\bfrom\b|(?<!connection )\brefused\b",
        r"\bnot (?:allowed|permitted)|\bclient host|\byour (?:ip|server|host|domain|network)\b",
        r"\brelay(?:ing)? (?:access )?(?:denied|not|prohibited)|\bto relay\b|\bnot relay",
        r"\bsending (?:limit|quota|rate)|\bmoderat",
        r"\bmessage (?:was |has been |is )?(?:refused|rejected|denied|not accepted for)",
        r"\brejected by .{0,30}\bfilter|\bfrom (?:an? )?unknown\b",
        r"\bquarantin|\bsecurity\b|\bthrottl|\bmessage size|\btoo (?:big|large)|\bsize limit",
        r"\b(?:sending|sender'?s?) (?:ip|server|host|domain|address|mta)",
        r"\bip (?:address )?\S{0,50} (?:is|has been|was)\b",
        r"스팸|차단|수신 ?거부|迷惑メール|拒否|垃圾|拒收|拒绝|спам",
    ]
)

#: The message is bigger than the server takes.
TOO_BIG: Final = _any(
    [r"\b(?:message|mail|data)(?: size| is)? (?:exceed|too|limit)|\btoo (?:big|large)|\bsize limit"]
)

#: Whoever writes goes on trying: nothing has failed yet.
STILL_TRYING: Final = _any(
    [
        r"\b(?:will|shall) (?:keep|continue|go on) (?:on )?(?:re-?)?try|\bwill be (?:re-?)?tried",
        r"\bnot (?:yet )?been delivered (?:yet|within|for|after|to (?:one|all|some))|\bdelayed\b",
        r"\bwarning (?:message )?only\b|\byou do not need to resend",
        r"\bdelivery attempts will continue",
        r"\bstill (?:being )?(?:queued|trying|in the queue)|\bhas been delayed|\bwill retry\b",
        r"\bno action is required on your part|\bmessage delivery (?:is |has been )?delayed",
        r"noch nicht zugestellt|weitere (?:zustell)?versuche|verz(?:ö|oe)gert|配信が遅|遅延|지연",
        r"계속 ?(?:재)?시도|再送を(?:試|続)|retard[eé]|延迟|延遲|продолж.{0,20}попыт",
    ]
)


def plain_words(words: str) -> str:
    """Leave what a server says, in one line: no address, URL or host's name says it for it."""
    words = _SPACE.sub(" ", words[:MOST_CHARACTERS]).replace("’", "'")
    words = _SAID.sub(" ", mask_addresses(_URL.sub(" ", words)))
    is_listed = bool(_LISTS.search(words))
    return _HOST.sub(" ", words) + (" blocklist" if is_listed else "")
