"""English words for places among others and for averages."""

from conditions.reading.languages.rank_words.model import COMPARE, RankWords

ENGLISH = RankWords(
    slots={
        "by": "(?:ranked |measured )?(?:by|in terms of)",
        "figure": "(?:(?:their |the )?(?P<sales>(?:total |lifetime )?(?:sales|spend|spending)"
        "|revenue|turnover|(?:total )?(?:money|amount) spent)"
        "|(?:their |the )?(?:total )?(?:number of |count of )?"
        "(?P<orders>orders|purchases|order count)"
        "|(?:their |the )?(?P<worth>average order value|order value|average basket(?: value)?"
        "|aov))",
        "named": "(?:their |the )?(?:total )?(?P<number>number of |count of )?",
        "goods": "(?:of )?(?:our |the )?(?:{pieces}|products?|categories|brands?)",
        "whom": "(?:spenders|customers?|buyers?|shoppers|clients|people)",
        "who": "(?: (?:of )?(?:our |all |the )?{whom})?",
        "lead": "(?:among )?(?:our |the |your )?",
        # "The largest orders" does not mean the largest number of orders.
        "largest": "(?P<largest>highest|biggest|largest)(?! (?:orders|purchases) )",
        "smallest": "(?P<smallest>lowest|smallest)(?! (?:orders|purchases) )",
        "percent": "(?P<percent> %| percent| per cent)?",
        "lately": "(?: (?:in|over|during|of|from) the (?:last|past) (?P<count>{number}) {u})?",
        "more": "(?:(?P<at_least>no (?:less|fewer|lower) than|at least)"
        "|(?P<at_most>no (?:more|higher) than|at most|up to)"
        "|(?:(?P<above>more|higher)|(?P<below>fewer|less|lower)) than)",
        "beside": "(?:(?P<above>above|over|higher than|greater than|more than)"
        "|(?P<below>below|under|lower than|less than|smaller than)|(?P<at_least>at least)"
        "|(?P<at_most>at most|up to))",
        "times": "(?:(?P<twice>twice|double) |(?P<triple>thrice|triple) |(?P<half>half(?: of)?) "
        "|(?P<one_and_a_half>one and a half times) |{n} times )",
        "fraction": "(?:(?P<half_share>half)|(?P<quarter_share>quarter)|(?P<tenth_share>tenth))",
        "average": "(?:the |our )?(?:(?P<median>median)|average|mean)(?: customer)?",
    },
    patterns=(
        ("in_top", "{lead}(?:top|best) {n}{percent}{who}{by}{lately}"),
        ("in_bottom", "{lead}(?:bottom|lowest|worst) {n}{percent}{who}{by}{lately}"),
        ("in_top", "{lead}top {fraction}{who}{by}{lately}"),
        ("in_bottom", "{lead}bottom {fraction}{who}{by}{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}(?: of)?(?: our| the)? (?:best|biggest|highest|top"
            "|most valuable) {whom}"
            "{by}{lately}",
        ),
        ("in_top", "{lead}{n}{percent} (?P<joined>newest|most recent|latest) {whom}"),
        ("in_top", "{lead}(?P<joined>newest|most recent|latest) {n}{percent} {whom}"),
        (
            "in_bottom",
            "{lead}{n}{percent}(?: of)?(?: our| the)? (?:worst|weakest|smallest|lowest) {whom}"
            "{by}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:with|who have|having) the"
            " (?:(?P<many>most)|{largest}) {figure}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} (?:with|who have|having) the"
            " (?:(?P<few>fewest|least)|{smallest}) {figure}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:who|that)(?: have)? (?:spend|spent) the most{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} (?:who|that)(?: have)? (?:spend|spent) the least{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:who|that)(?: have)? (?P<orders>ordered|order|bought|buy)"
            " (?:the )?most(?: often)?{lately}",
        ),
        (COMPARE, "(?:have |has )?(?:spen[dt]|spending) {beside} {times}?{average}{lately}"),
        (COMPARE, "{more} {times}?{average} spent"),
        (
            COMPARE,
            "(?:have |has )?(?:spen[dt]|spending) (?:{beside} )?{times}as much as {average}"
            "{lately}",
        ),
        (
            COMPARE,
            "(?:have |has )?(?P<orders>order|orders|ordered|buy|bought) (?:{beside} )?{times}"
            "as (?:often|frequently|much) as {average}{lately}",
        ),
        (
            COMPARE,
            "(?:(?P<above>more|higher)|(?P<below>fewer|less|lower)) {figure}{lately}"
            " than {times}?{average}",
        ),
        (
            COMPARE,
            "(?:an |a |with an |with a )?{figure}(?: is)?{lately} {beside} {times}?{average}",
        ),
        (
            COMPARE,
            "(?:an |a |with an |with a )?(?:(?P<above>above)|(?P<below>below)) average"
            " {figure}{lately}",
        ),
        (COMPARE, "(?:{more} )?{times}{average} {figure}{lately}"),
        (COMPARE, "(?:{more} )?{times}as (?:many|much) {figure}{lately} as {average}"),
        (
            COMPARE,
            "(?:have |has )?{deed} (?:(?P<above>more)|(?P<below>less)) (?:often|frequently)"
            " than {average}{lately}",
        ),
        (
            COMPARE,
            "(?:have |has )?(?P<orders>order|orders|ordered|buy|bought)"
            " (?:(?P<above>more)|(?P<below>less))(?: often| frequently)? than {average}{lately}",
        ),
    ),
    by_figure=(
        "{by_figure}{lately}",
        "(?:with|who have|having) the (?:(?P<most>(?P<many>most)|{largest})"
        "|(?P<least>(?P<few>fewest|least)|{smallest})) {figure}{lately}",
        "(?:who|that)(?: have)? (?:spend|spent) (?:the )?(?:(?P<most>most)|(?P<least>least))"
        "{lately}",
        "(?:who|that)(?: have)? (?P<orders>ordered|order|bought|buy) (?:the )?"
        "(?:(?P<most>most)|(?P<least>least))(?: often)?{lately}",
    ),
    per_part="(?:(?:of|in|on|for|from|by|within) (?:each|every|their)|per)"
    " (?:(?P<website>web ?site|site|shop)|(?P<store>store)|(?:customer )?(?P<group>group))",
)
