"""Crawlers, recognised by their user agent.

A small closed list of our own, of names that crawlers publish; a crawler that hides is not found.
The list has no general word such as “bot”, which would hit telephones (Cubot) and the shop's own
server.
"""

import re

NAMES = (
    "adsbot-google", "ahrefsbot", "amazonbot", "applebot", "archive.org_bot", "baiduspider",
    "barkrowler", "bingbot", "bingpreview", "blexbot", "bytespider", "ccbot", "chatgpt-user",
    "claudebot", "cocolyebot", "coccocbot", "dataforseobot", "discordbot", "dotbot", "duckduckbot",
    "exabot", "facebookexternalhit", "facebot", "feedfetcher-google", "google-extended",
    "google-inspectiontool", "googlebot", "googleother", "gptbot", "ia_archiver",
    "imagesiftbot", "linkedinbot", "mail.ru_bot", "mediapartners-google", "megaindex",
    "meta-externalagent", "mj12bot", "mojeekbot", "msnbot", "oai-searchbot", "perplexitybot",
    "petalbot", "pinterestbot", "pingdom", "proximic", "qwantify", "redditbot", "rogerbot",
    "screaming frog", "semrushbot", "seokicks", "serpstatbot", "seznambot", "sistrix",
    "siteimprove", "slackbot", "slurp", "sogou web spider", "storebot-google", "telegrambot",
    "twitterbot", "uptimerobot", "whatsapp/", "wotbox", "yandexbot", "yandeximages", "yeti/",
    "zoominfobot",
)  # fmt: skip
_KNOWN = re.compile("|".join(map(re.escape, NAMES)))
# No crawler has its name further behind.
_LOOKED_AT = 1_000


def is_crawler(user_agent: str) -> bool:
    """Return whether the header `User-Agent` is that of a crawler that says so."""
    return _KNOWN.search(user_agent[:_LOOKED_AT].lower()) is not None
