"""Rules on DNS: SPF, DKIM, DMARC, and who takes mail."""

from newsletter.rules import Rule, Severity

NAME_SERVER = Rule(
    "name-server-silent",
    Severity.ERROR,
    "No name server answers, so nothing is known of the names in DNS.",
    "Check the network and /etc/resolv.conf, or name another server with --nameserver.",
)
UNANSWERED = Rule(
    "name-unanswered",
    Severity.WARNING,
    "The name servers give no answer to one question: broken, or out of order for now.",
    "Try again; if it stays so, look at the domain's own name servers.",
)

SPF_MISSING = Rule(
    "spf-missing",
    Severity.ERROR,
    "The return path's domain has no SPF record; mail services want one of bulk senders.",
    'Publish a TXT record such as "v=spf1 include:THE-NEXT-HOPS-DOMAIN -all".',
)
SPF_TWICE = Rule(
    "spf-twice",
    Severity.ERROR,
    "There are several SPF records, which counts as none that can be used (RFC 7208 section 4.5).",
    "Put all mechanisms into one record and delete the others.",
)
SPF_SYNTAX = Rule(
    "spf-syntax",
    Severity.ERROR,
    "The SPF record, or one it includes, cannot be read: receivers take none of it.",
    "Correct what is named (RFC 7208 sections 5 and 6).",
)
SPF_OPEN = Rule(
    "spf-open",
    Severity.ERROR,
    "The SPF record allows everybody to send in the domain's name.",
    "End it with -all or ~all.",
)
SPF_ENDLESS = Rule(
    "spf-endless",
    Severity.WARNING,
    "The SPF record says nothing of whoever it does not name: it proves little.",
    "End it with -all or ~all.",
)
SPF_LOOKUPS = Rule(
    "spf-lookups",
    Severity.ERROR,
    "The SPF record needs more than 10 lookups; receivers give up (RFC 7208 section 4.6.4).",
    "Take out what no longer sends, or write addresses (ip4:, ip6:) in place of names.",
)
SPF_VOID = Rule(
    "spf-void",
    Severity.WARNING,
    "More than 2 of the SPF record's questions have an empty answer; receivers may give up.",
    "Take out the names that no longer exist.",
)
SPF_POINTER = Rule(
    "spf-pointer",
    Severity.WARNING,
    "The SPF record uses ptr, which is slow and not to be used (RFC 7208 section 5.5).",
    "Write the addresses, or a: or include:, in its place.",
)

DKIM_NONE = Rule(
    "dkim-none",
    Severity.WARNING,
    "Nothing is signed here; mail services want a signature of the sender's domain.",
    "If the next hop does not sign, make a key with `newsletter keys generate dkim`.",
)
DKIM_MISSING = Rule(
    "dkim-missing",
    Severity.ERROR,
    "The record of a key that signs is not in DNS: each signature fails.",
    "Publish it as it stands here, or take the key out of [dkim] until you have.",
)
DKIM_TWICE = Rule(
    "dkim-twice",
    Severity.ERROR,
    "There are several records at a key's name, and a receiver may take any of them.",
    "Delete all but the one of this key.",
)
DKIM_SYNTAX = Rule(
    "dkim-syntax",
    Severity.ERROR,
    "The key's record cannot be read.",
    "Publish it as it stands here, as one TXT record.",
)
DKIM_REVOKED = Rule(
    "dkim-revoked",
    Severity.ERROR,
    "The key's record has an empty p=: it says that the key must not be trusted any more.",
    "Sign with another key: `newsletter keys rotate dkim`.",
)
DKIM_OTHER_KEY = Rule(
    "dkim-other-key",
    Severity.ERROR,
    "The record holds the public half of another key: each signature fails.",
    "Publish the record of this key, or put the key file back that belongs to it.",
)
DKIM_KIND = Rule(
    "dkim-kind",
    Severity.ERROR,
    "The record is for another kind of key (k=), or forbids our hash (h=) or mail (s=).",
    "Publish the record as it stands here.",
)
DKIM_TESTING = Rule(
    "dkim-testing",
    Severity.WARNING,
    "The record says t=y: receivers are to treat messages as if they were not signed.",
    "Take t=y out of the record.",
)
DKIM_SHORT = Rule(
    "dkim-short",
    Severity.WARNING,
    "The RSA key is shorter than the 2048 bits that are usual (RFC 8301).",
    "Make a longer one: `newsletter keys rotate dkim`.",
)
DKIM_ALONE = Rule(
    "dkim-alone",
    Severity.WARNING,
    "Only an ed25519 key signs, and many receivers know RSA only.",
    "Make an RSA key beside it: `newsletter keys generate dkim`.",
)

DMARC_MISSING = Rule(
    "dmarc-missing",
    Severity.ERROR,
    "The From domain has no DMARC record, which Gmail, Yahoo and Microsoft want of bulk senders.",
    'Publish a TXT record at _dmarc.DOMAIN, to begin with "v=DMARC1; p=none; rua=mailto:…".',
)
DMARC_TWICE = Rule(
    "dmarc-twice",
    Severity.ERROR,
    "There are several DMARC records at one name, and receivers take none (RFC 9989 section 4.10).",
    "Delete all of them but the one that is meant.",
)
DMARC_SYNTAX = Rule(
    "dmarc-syntax",
    Severity.ERROR,
    "The DMARC record has no policy that can be read: receivers take none of it.",
    "Write v=DMARC1 first, and p=none, p=quarantine or p=reject.",
)
DMARC_WATCHING = Rule(
    "dmarc-watching",
    Severity.NOTE,
    "The policy is p=none: enough for mail services, but whoever forges the domain is delivered.",
    "Read the reports for some weeks, then write p=quarantine.",
)
DMARC_TESTING = Rule(
    "dmarc-testing",
    Severity.NOTE,
    "The record says t=y: receivers are asked to apply the next weaker policy.",
    "Take t=y out when the reports show that all is well.",
)
DMARC_REPORTS = Rule(
    "dmarc-reports",
    Severity.NOTE,
    "The record asks for no reports (rua=), so nobody notices what fails.",
    "Add rua=mailto:… with an address of yours.",
)
DMARC_OLD = Rule(
    "dmarc-old-tags",
    Severity.NOTE,
    "The record has tags that RFC 9989 has taken away: pct, rf or ri.",
    "Take them out; t=y is what became of pct.",
)
DMARC_SIGNATURE = Rule(
    "dmarc-signature",
    Severity.ERROR,
    "Our signatures' domain is not aligned with the From domain: DMARC does not count them.",
    "Set [dkim] domain to the From domain, or write adkim=r.",
)
DMARC_RETURN_PATH = Rule(
    "dmarc-return-path",
    Severity.WARNING,
    "The return path's domain is not aligned with the From domain: DMARC counts signatures only.",
    "Set [transport] bounce_domain to a domain below the From domain's, or write aspf=r.",
)

MAIL_NONE = Rule(
    "mail-none",
    Severity.ERROR,
    "A domain that mail comes back to takes none: there is no MX and no address, or the MX is null"
    " (RFC 7505).",
    "Publish an MX record for it, or name another domain in newsletter.toml.",
)
MAIL_LOST = Rule(
    "mail-lost",
    Severity.ERROR,
    "The server that an MX record names has no address in DNS.",
    "Correct the MX record, or publish the server's address.",
)

RULES = (
    *(NAME_SERVER, UNANSWERED),
    *(SPF_MISSING, SPF_TWICE, SPF_SYNTAX, SPF_OPEN, SPF_ENDLESS, SPF_LOOKUPS, SPF_VOID),
    SPF_POINTER,
    *(DKIM_NONE, DKIM_MISSING, DKIM_TWICE, DKIM_SYNTAX, DKIM_REVOKED, DKIM_OTHER_KEY, DKIM_KIND),
    *(DKIM_TESTING, DKIM_SHORT, DKIM_ALONE),
    *(DMARC_MISSING, DMARC_TWICE, DMARC_SYNTAX, DMARC_WATCHING, DMARC_TESTING, DMARC_REPORTS),
    *(DMARC_OLD, DMARC_SIGNATURE, DMARC_RETURN_PATH),
    *(MAIL_NONE, MAIL_LOST),
)
