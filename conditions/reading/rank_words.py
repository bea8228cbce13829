"""Words for a place among others and for an average, in each language.

Patterns by the operator that they stand for, with slots: `{n}` is the number, `{percent}` marks it
as per cent, `{who}` are the customers, `{figure}` or `{by}` is the figure, `{lately}` the last
days. The name of the figure is a group of `FIGURES`; without one, the figure is what customers have
spent. `compare` compares with an average or a median: its groups are `above` and `below`, `median`,
and `twice`, `half` or `n` for the factor.
"""

from collections.abc import Mapping, Sequence

# The attributes of figures, and the figure of rows to use for orders of some days.
FIGURES: Mapping[str, tuple[str, str]] = {
    "sales": ("lifetime.sales", "sum"),
    "orders": ("lifetime.number_of_orders", "count"),
    "worth": ("lifetime.average_order_value", "avg"),
}
# The keys of `per`: customers are only compared with others of their own part.
PARTS: Mapping[str, str] = {
    "website": "customer.website",
    "store": "customer.store",
    "group": "customer.group",
}
COMPARE = "compare"
# The words of the slots; `by` are the words before a figure.
SLOTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "by": "(?:ranked |measured )?(?:by|in terms of)",
        "figure": "(?:(?:their |the )?(?P<sales>(?:total |lifetime )?(?:sales|spend|spending)"
        "|revenue|turnover|(?:total )?(?:money|amount) spent)"
        "|(?:their |the )?(?:total )?(?:number of |count of )?"
        "(?P<orders>orders|purchases|order count)"
        "|(?:their |the )?(?P<worth>average order value|order value|average basket(?: value)?"
        "|aov))",
        "goods": "(?:of )?(?:our |the )?(?:{pieces}|products?|categories|brands?)",
        "whom": "(?:spenders|customers?|buyers?|shoppers|clients|people)",
        "who": "(?: (?:of )?(?:our |all |the )?{whom})?",
        "lead": "(?:among )?(?:our |the |your )?",
        # "The largest orders" does not mean the largest number of orders.
        "largest": "(?:highest|biggest|largest)(?! (?:orders|purchases) )",
        "smallest": "(?:lowest|smallest)(?! (?:orders|purchases) )",
        "percent": "(?P<percent> %| percent| per cent)?",
        "lately": "(?: (?:in|over|during|of|from) the (?:last|past) (?P<count>{number}) {u})?",
        "more": "(?:(?P<above>more|higher)|(?P<below>fewer|less|lower)) than",
        "beside": "(?:(?P<above>above|over|higher than|greater than|more than)"
        "|(?P<below>below|under|lower than|less than|smaller than))",
        "times": "(?:(?P<twice>twice|double) |(?P<half>half(?: of)?) |{n} times )",
        "average": "(?:the |our )?(?:(?P<median>median)|average|mean)(?: customer)?",
    },
    "de": {
        "by": "(?:nach|gemessen an|gemessen am|beim)",
        "figure": "(?:(?:dem |der |ihrem )?(?P<sales>(?:gesamt)?umsatz|ausgaben)"
        "|(?:der |ihrer )?(?:(?:an)?zahl (?:der |ihrer |an )?)?"
        "(?P<orders>bestellungen|einkaufe|einkaufen|kaufe|kaufen|bestellanzahl|bestellzahl)"
        "|(?:dem )?(?P<worth>(?:durchschnittliche[mrn]? )?bestellwert|warenkorbwert))",
        "goods": "(?:der |unserer )?(?:{pieces}|produkten?|produkte|artikeln?|kategorien|marken?)",
        "whom": "(?:kunden?|kundinnen|kaufern?|besteller)",
        "who": "(?: (?:unserer |der |aller )?{whom})?",
        "lead": "(?:(?:unter|zu|in) )?(?:die |den |der |unsere |unseren )?",
        "largest": "(?:hochsten|grossten)(?! (?:bestellungen|einkaufe|kaufe) )",
        "smallest": "(?:niedrigsten|geringsten|kleinsten)(?! (?:bestellungen|einkaufe|kaufe) )",
        "percent": "(?P<percent> %| prozent)?",
        "lately": "(?: (?:der|in den|aus den|wahrend der) (?:letzten|vergangenen)"
        " (?P<count>{number}) {u})?",
        "more": "(?:(?P<above>mehr|hohere[rnm]?)|(?P<below>weniger|niedrigere[rnm]?)) als",
        "beside": "(?:(?P<above>uber|hoher als|grosser als)|(?P<below>unter|niedriger als"
        "|kleiner als|geringer als))",
        "times": "(?:(?P<twice>doppelt|zweimal) |(?P<half>halb) |{n} ?mal )so ",
        "average": "(?:der |im |dem |den |ein )?(?:(?P<median>median)|durchschnitt|schnitt)"
        "(?:s?kunden?)?",
    },
    "fr": {
        "by": "(?:par|selon|en termes de)",
        "figure": "(?:(?:le |leur )?(?P<sales>chiffre d affaires|ca|montant(?: total)? depense"
        "|depenses)|(?:le |leur )?(?:nombre (?:total )?(?:de |d ))?(?P<orders>commandes|achats)"
        "|(?:le |leur )?(?P<worth>panier moyen|valeur moyenne des commandes))",
        "goods": "(?:des |de nos )?(?:{pieces}|produits?|articles?|categories|marques?)",
        "whom": "(?:clients?|clientes|acheteurs?)",
        "who": "(?: (?:des |de nos )?{whom})?",
        "lead": "(?:(?:dans|parmi) )?(?:le |les |nos |l )?",
        "percent": "(?P<percent> %| pour cent)?",
        "lately": "(?: (?:des|au cours des|sur les|pendant les|ces|les) (?P<count>{number})"
        " derni(?:er|ere)s? {u})?",
        "more": "(?:(?P<above>plus)|(?P<below>moins))",
        "beside": "(?:(?P<above>au dessus|superieure?s?)|(?P<below>en dessous|inferieure?s?))"
        " (?:de|du|a|au)",
        "times": "(?:(?P<twice>double de) |(?:la )?(?P<half>moitie de) |{n} fois )",
        "than": "(?:que|qu|de|du|d) (?:{times})?",
        "average": "(?:la |le client )?(?:(?P<median>median|mediane)|moyenne|moyen)"
        "(?: des clients)?",
    },
}
RANK_WORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        ("in_top", "{lead}(?:top|best) {n}{percent}{who}{by}{lately}"),
        ("in_bottom", "{lead}(?:bottom|lowest|worst) {n}{percent}{who}{by}{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}(?: of)?(?: our| the)? (?:best|biggest|highest|top) {whom}"
            "{by}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}(?: of)?(?: our| the)? (?:worst|weakest|smallest|lowest) {whom}"
            "{by}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:with|who have|having) the"
            " (?:most|{largest}) {figure}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} (?:with|who have|having) the"
            " (?:fewest|least|{smallest}) {figure}{lately}",
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
        (
            COMPARE,
            "(?:have |has )?(?P<orders>order|orders|ordered|buy|bought)"
            " (?:(?P<above>more)|(?P<below>less))(?: often| frequently)? than {average}{lately}",
        ),
    ),
    "de": (
        (
            "in_top",
            "{lead}(?:top|besten|umsatzstarksten|starksten|wichtigsten|grossten)"
            " {n}{percent}{who}{by}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent} (?:besten|umsatzstarksten|starksten|wichtigsten|grossten){who}{by}"
            "{lately}",
        ),
        (
            "in_bottom",
            "{lead}(?:schlechtesten|umsatzschwachsten|schwachsten) {n}{percent}{who}{by}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent} (?:schlechtesten|umsatzschwachsten|schwachsten){who}{by}{lately}",
        ),
        ("in_bottom", "{lead}letzten {n}{percent} {whom}{by}{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}{who} mit (?:den|dem|der) (?:meisten|{largest}) {figure}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} mit (?:den|dem|der) (?:wenigsten|{smallest}) {figure}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who}(?: ,)? die{lately} am meisten ausgegeben haben",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who}(?: ,)? die{lately} am wenigsten ausgegeben haben",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who}(?: ,)? die{lately} am (?:meisten|haufigsten|oftesten)"
            " (?P<orders>bestellt|gekauft) haben",
        ),
        (
            COMPARE,
            "(?:mit )?(?:(?P<above>uberdurchschnittliche)|(?P<below>unterdurchschnittliche))[rmsn]?"
            " {figure}{lately}",
        ),
        (
            COMPARE,
            "(?:haben )?(?:(?P<above>uberdurchschnittlich)|(?P<below>unterdurchschnittlich))"
            " (?:viel|wenig) ausgegeben(?: haben)?",
        ),
        (
            COMPARE,
            "(?:haben )?(?:(?P<above>uberdurchschnittlich)|(?P<below>unterdurchschnittlich))"
            " (?:oft|haufig|viel|selten) (?P<orders>bestellt|gekauft)(?: haben)?",
        ),
        (
            COMPARE,
            "(?:haben |mit )?(?:(?P<above>uberdurchschnittlich)|(?P<below>unterdurchschnittlich))"
            " (?:viele|wenige)n? {figure}{lately}",
        ),
        (COMPARE, "{figure}{lately} {beside} {average}"),
        (
            COMPARE,
            "{figure}{lately} {beside} dem (?:(?P<half>halben)|(?P<twice>doppelten))"
            " (?:(?P<median>median)|durchschnitt)",
        ),
        (
            COMPARE,
            "(?:(?P<above>mehr)|(?P<below>weniger)) {figure}{lately} als der"
            " (?:(?P<half>halbe)|(?P<twice>doppelte)) (?:(?P<median>median)|durchschnitt)",
        ),
        (COMPARE, "(?:haben )?{more} {average} ausgegeben(?: haben)?"),
        (
            COMPARE,
            "(?:haben )?(?:(?P<above>mehr)|(?P<below>weniger)) ausgegeben(?: haben)? als {average}",
        ),
        (COMPARE, "(?:haben )?(?:{more} )?{times}viel ausgegeben(?: haben)? wie {average}"),
        (COMPARE, "(?:haben )?(?:{more} )?{times}viel wie {average} ausgegeben(?: haben)?"),
        (
            COMPARE,
            "(?:haben )?{more} (?:das (?P<twice>doppelte)|die (?P<half>halfte)|das {n} fache)"
            " (?:des|vom) (?:(?P<median>median)|durchschnitt)(?:s|es)? ausgegeben(?: haben)?",
        ),
        (COMPARE, "(?:(?P<above>mehr)|(?P<below>weniger)) {figure}{lately} als {average}"),
        (COMPARE, "(?:{more} )?{times}(?:viele?|hohe[rn]?) {figure}{lately} wie {average}"),
        (
            COMPARE,
            "(?:haben )?(?:(?P<above>ofter|haufiger)|(?P<below>seltener))"
            " (?P<orders>bestellt|gekauft) als {average}",
        ),
        (
            COMPARE,
            "(?:haben )?(?:bestellen )?(?:(?P<above>ofter|haufiger)|(?P<below>seltener)) als"
            " {average}(?P<orders> bestellt| gekauft)?",
        ),
    ),
    "fr": (
        (
            "in_top",
            "{lead}(?:top|meilleurs|meilleures|plus gros) {n}{percent}{who}{by}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}(?: des| de nos)? (?:meilleurs|meilleures|plus gros|plus grands)"
            " {whom}{by}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}(?: des| de nos)? (?:moins bons|pires|plus petits|plus faibles)"
            " {whom}{by}{lately}",
        ),
        # Without a figure, "the first customers" are the earliest.
        ("in_top", "{lead}{n}{percent} premiers(?: {whom})? {by_figure}{lately}"),
        ("in_bottom", "{lead}{n}{percent} derniers(?: {whom})? {by_figure}{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}{who} qui (?:depensent|ont(?: le plus)? depense)(?: le plus)"
            "{lately}",
        ),
        ("in_bottom", "{lead}{n}{percent}{who} qui (?:depensent|ont depense) le moins{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}{who} qui (?P<orders>commandent|achetent|ont commande) le plus"
            "(?: souvent)?{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:avec|ayant) (?:le plus (?:de |d )|le plus (?:gros|grand)"
            " |le meilleur ){figure}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} (?:avec|ayant) (?:le moins (?:de |d )|le plus (?:petit|faible)"
            " ){figure}{lately}",
        ),
        (
            COMPARE,
            "(?:ont |ayant )?(?:depense|depensent|depensant) {more} {than}{average}{lately}",
        ),
        (COMPARE, "(?:ont |ayant )?{more} depense {than}{average}{lately}"),
        (COMPARE, "(?:avec )?{more} (?:de |d ){figure}{lately} {than}{average}"),
        (COMPARE, "(?:avec |dont )?(?:un )?{figure}(?: est)?{lately} {beside} {times}?{average}"),
        (
            COMPARE,
            "(?:(?P<twice>deux)|{n}) fois (?P<above>plus) (?:de |d ){figure}{lately} que {average}",
        ),
        (
            COMPARE,
            "(?P<orders>commandent|achetent|ont commande|ont achete) {more}(?: souvent)? que"
            " {average}{lately}",
        ),
    ),
}
# The figure, where it stands after what a rank is in: "top 20 of the segment VIP by orders"; the
# groups `most` and `least` say the place.
BY_FIGURE: Mapping[str, Sequence[str]] = {
    "en": (
        "{by_figure}{lately}",
        "(?:with|who have|having) the (?:(?P<most>most|{largest})"
        "|(?P<least>fewest|least|{smallest})) {figure}{lately}",
        "(?:who|that)(?: have)? (?:spend|spent) (?:the )?(?:(?P<most>most)|(?P<least>least))"
        "{lately}",
        "(?:who|that)(?: have)? (?P<orders>ordered|order|bought|buy) (?:the )?"
        "(?:(?P<most>most)|(?P<least>least))(?: often)?{lately}",
    ),
    "de": (
        "{by_figure}{lately}",
        "mit (?:den|dem|der) (?:(?P<most>meisten|{largest})"
        "|(?P<least>wenigsten|{smallest})) {figure}{lately}",
        "(?:, )?die{lately} am (?:(?P<most>meisten)|(?P<least>wenigsten)) ausgegeben haben",
        "(?:, )?die{lately} am (?:(?P<most>meisten|haufigsten|oftesten)"
        "|(?P<least>wenigsten|seltensten)) (?P<orders>bestellt|gekauft) haben",
    ),
    "fr": (
        "{by_figure}{lately}",
        "(?:avec|ayant) (?:(?P<most>le plus (?:de |d )|le plus (?:gros|grand) |le meilleur )"
        "|(?P<least>le moins (?:de |d )|le plus (?:petit|faible) )){figure}{lately}",
        "qui (?:depensent|ont depense) le (?:(?P<most>plus)|(?P<least>moins)){lately}",
        "qui (?P<orders>commandent|achetent|ont commande) le (?:(?P<most>plus)|(?P<least>moins))"
        "(?: souvent)?{lately}",
    ),
}
PER_PART: Mapping[str, str] = {
    "en": "(?:(?:of|in|on|for|from|by|within) (?:each|every)|per)"
    " (?:(?P<website>web ?site|site|shop)|(?P<store>store)|(?:customer )?(?P<group>group))",
    "de": "(?:je|pro|(?:in |fur |auf )?jede[rnsm]?) (?:(?P<website>website|webseite|webshop)"
    "|(?P<store>store|store view)|(?P<group>kundengruppe|gruppe))",
    "fr": "(?:(?:de|dans|pour|sur) chaque|par) (?:(?P<website>site(?: web)?|boutique en ligne)"
    "|(?P<store>boutique|vue)|(?P<group>groupe)(?: de clients)?)",
}
