"""Words for a place among others and for an average, in each language.

By the operator that they stand for, patterns with slots: `{n}` how many, `{percent}` that they are
per cent, `{who}` of whom, `{figure}` or `{by}` by which figure, `{lately}` of which days. What
names the figure itself is a group of `FIGURES`; without one it is what customers have spent.
"""

from collections.abc import Mapping, Sequence

# The attributes that are meant, and over orders of some days the figure of rows.
FIGURES: Mapping[str, tuple[str, str]] = {
    "sales": ("lifetime.sales", "sum"),
    "orders": ("lifetime.number_of_orders", "count"),
    "worth": ("lifetime.average_order_value", "avg"),
}
# What the slots stand for; `by` is what stands before a figure.
SLOTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "by": "by",
        "figure": "(?:(?:their )?(?P<sales>(?:total |lifetime )?sales|revenue|turnover|spend"
        "|spending|money spent)|(?:the )?(?:number of )?(?P<orders>orders|purchases)"
        "|(?P<worth>average order value|order value|average basket))",
        "who": "(?: (?:of )?(?:our |all )?(?:spenders|customers?|buyers?))?",
        "percent": "(?P<percent> %| percent| per cent)?",
        "lately": "(?: (?:in|over|during|of|from) the (?:last|past) (?P<count>{number}) {u})?",
    },
    "de": {
        "by": "nach",
        "figure": "(?:(?P<sales>(?:gesamt)?umsatz|ausgaben)|(?:der )?(?:anzahl (?:der )?)?"
        "(?P<orders>bestellungen|einkaufe|einkaufen|kaufe|kaufen|bestellanzahl)"
        "|(?P<worth>(?:durchschnittlichem )?bestellwert|warenkorbwert))",
        "who": "(?: (?:unserer |der |aller )?kunden?)?",
        "percent": "(?P<percent> %| prozent)?",
        "lately": "(?: (?:der|in den|aus den|wahrend der) (?:letzten|vergangenen)"
        " (?P<count>{number}) {u})?",
    },
    "fr": {
        "by": "par",
        "figure": "(?:(?P<sales>chiffre d affaires|ca|montant depense|depenses)"
        "|(?:le )?(?:nombre de )?(?P<orders>commandes|achats)"
        "|(?P<worth>panier moyen|valeur moyenne des commandes))",
        "who": "(?: (?:des |de nos )?clients)?",
        "percent": "(?P<percent> %| pour cent)?",
        "lately": "(?: (?:des|au cours des|sur les|ces|les) (?P<count>{number}) derniers? {u})?",
    },
}
RANK_WORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        ("in_top", "(?:our |the )?(?:top|best) {n}{percent}{who}{by}{lately}"),
        (
            "in_top",
            "(?:the )?{n}{percent}(?: of)?(?: our)? customers? with the most {figure}{lately}",
        ),
        (
            "in_top",
            "(?:the )?{n}{percent} (?:best|biggest|highest) (?:spenders|customers?){lately}",
        ),
        ("in_bottom", "(?:our |the )?(?:bottom|lowest|worst) {n}{percent}{who}{by}{lately}"),
        (
            "in_bottom",
            "(?:the )?{n}{percent}(?: of)?(?: our)? customers? with the fewest {figure}{lately}",
        ),
        ("above_average", "(?:have |has )?spen[dt] (?:more than|above)(?: the)? average{lately}"),
        ("below_average", "(?:have |has )?spen[dt] (?:less than|below)(?: the)? average{lately}"),
        ("above_average", "(?:an |with an )?above average {figure}{lately}"),
        ("below_average", "(?:a |with a )?below average {figure}{lately}"),
        ("above_average", "{figure} (?:above|over)(?: the)? average"),
        ("below_average", "{figure} (?:below|under)(?: the)? average"),
        ("above_average", "(?P<twice>twice|double) the average {figure}{lately}"),
        ("above_average", "{n} times the average {figure}{lately}"),
    ),
    "de": (
        ("in_top", "(?:die |unsere )?(?:top|besten) {n}{percent}{who}{by}{lately}"),
        ("in_top", "(?:die |unsere )?umsatzstarksten {n}{percent}{who}{lately}"),
        ("in_top", "(?:die )?{n}{percent} (?:besten|umsatzstarksten){who}{by}{lately}"),
        ("in_top", "(?:die )?{n}{percent} kunden mit (?:den|dem) meisten {figure}{lately}"),
        (
            "in_bottom",
            "(?:die |unsere )?(?:letzten|schlechtesten|umsatzschwachsten) {n}{percent}"
            " kunden{by}{lately}",
        ),
        ("in_bottom", "(?:die )?{n}{percent} kunden mit den wenigsten {figure}{lately}"),
        ("above_average", "(?:mit )?uberdurchschnittliche[rmsn]? {figure}{lately}"),
        ("below_average", "(?:mit )?unterdurchschnittliche[rmsn]? {figure}{lately}"),
        ("above_average", "{figure} uber dem durchschnitt"),
        ("below_average", "{figure} unter dem durchschnitt"),
        ("above_average", "(?:haben )?mehr als (?:der|im) durchschnitt ausgegeben(?: haben)?"),
        ("below_average", "(?:haben )?weniger als (?:der|im) durchschnitt ausgegeben(?: haben)?"),
        (
            "above_average",
            "(?P<twice>doppelt) so (?:viele?|hohe[rn]?) {figure}{lately} wie (?:der|im)"
            " durchschnitt",
        ),
        (
            "above_average",
            "{n} ?mal so (?:viele?|hohe[rn]?) {figure}{lately} wie (?:der|im) durchschnitt",
        ),
    ),
    "fr": (
        ("in_top", "(?:les |nos )?{n}{percent} meilleurs (?:clients|acheteurs){by}{lately}"),
        (
            "in_top",
            "(?:le |les |nos )?(?:top|meilleurs) {n}{percent}(?: (?:des |de nos"
            " )?clients)?{by}{lately}",
        ),
        (
            "in_top",
            "(?:les )?{n}{percent}{who} qui (?:depensent|ont depense) le plus{lately}",
        ),
        (
            "in_bottom",
            "(?:les )?{n}{percent}{who} qui (?:depensent|ont depense) le moins{lately}",
        ),
        ("in_top", "(?:les )?{n}{percent} clients avec le plus (?:de |d ){figure}{lately}"),
        ("in_bottom", "(?:les )?{n}{percent} clients avec le moins (?:de |d ){figure}{lately}"),
        ("above_average", "(?:ont )?(?:plus depense|depense plus) que la moyenne{lately}"),
        ("below_average", "(?:ont )?(?:moins depense|depense moins) que la moyenne{lately}"),
        ("above_average", "{figure} (?:au dessus de|superieur(?:e|es|s)? a) la moyenne"),
        ("below_average", "{figure} (?:en dessous de|inferieur(?:e|es|s)? a) la moyenne"),
        ("above_average", "(?P<twice>deux) fois plus (?:de |d ){figure} que la moyenne"),
        ("above_average", "{n} fois plus (?:de |d ){figure} que la moyenne"),
    ),
}
