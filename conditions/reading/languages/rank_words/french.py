"""French words for places among others and for averages."""

from conditions.reading.languages.rank_words.model import COMPARE, RankWords

FRENCH = RankWords(
    slots={
        "by": "(?:par|selon|en termes de|en(?= (?:nombre|chiffre|montant|valeur|ca) ))",
        "figure": "(?:(?:le |leur )?(?P<sales>chiffre d affaires|ca|montant(?: total)? depense"
        "|depenses)|(?:le |leur )?(?:nombre (?:total )?(?:de |d ))?(?P<orders>commandes|achats)"
        "|(?:le |leur )?(?P<worth>panier moyen|valeur moyenne des commandes))",
        "by_amount": " par (?:le |la |leur )?(?:nombre|montant|chiffre|panier|valeur|total)",
        "named": "(?:le |la |leurs? )?(?P<number>nombre (?:total )?(?:des |de |d ))?",
        "most": "(?:(?P<many>le plus (?:de |d ))|(?P<largest>le plus (?:gros|grand) |le meilleur"
        " ))",
        "least": "(?:(?P<few>le moins (?:de |d ))|(?P<smallest>le plus (?:petit|faible) ))",
        "goods": "(?:des |de nos )?(?:{pieces}|produits?|articles?|categories|marques?)",
        "whom": "(?:clients?|acheteurs?)",
        "who": "(?: (?:des |de nos |de )?{whom})?",
        "lead": "(?:(?:dans|parmi) )?(?:le |les |des |nos |de nos |l )?",
        "percent": "(?P<percent> %| pour cent)?",
        "lately": "(?: (?:des|au cours des|sur les|pendant les|ces|les) (?P<count>{number})"
        " derni(?:er|ere)s? {u})?",
        "more": "(?:(?P<above>plus)|(?P<below>moins))",
        "bound": "(?:(?P<at_least>au moins)|(?P<at_most>au plus)) (?:{times})?",
        "beside": "(?:(?P<above>au dessus|superieure?s?)|(?P<below>en dessous|inferieure?s?))"
        " (?:de|du|a|au)",
        "times": "(?:(?:le |la )?(?:(?P<twice>double)|(?P<triple>triple)|(?P<fourfold>quadruple)"
        "|(?P<half>moitie)) (?:de |d |du )|{n} fois )",
        "fraction": "(?:(?P<half_share>moitie)|(?P<quarter_share>quart)|(?P<tenth_share>dixieme))",
        "than": "(?:que|qu|de|du|d) (?:{times})?",
        "average": "(?:la |le client )?(?:(?P<median>median|mediane)|moyenne|moyen)"
        "(?: des clients)?",
    },
    patterns=(
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
            "{lead}{n}{percent}(?: des| de nos)?(?: les)? (?:moins bons|pires|plus petits"
            "|plus faibles) {whom}{by}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}(?: {whom})? les (?:moins bons|plus faibles) {by_figure}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who}(?: les)? plus (?:depensi(?:ers|eres)|precieu(?:x|ses))"
            "{by}{lately}",
        ),
        ("in_top", "{lead}{n}{percent} {whom} les (?P<joined>plus recente?s)"),
        # Without a figure, "the first customers" are the earliest.
        ("in_top", "{lead}{n}{percent} premiers(?: {whom})? {by_figure}{lately}"),
        ("in_bottom", "{lead}{n}{percent} derniers(?: {whom})? {by_figure}{lately}"),
        # The figure stands after the population.
        ("in_top", "parmi les {n}{percent} premi(?:er|ere)s(?= (?:de|du) .+{by_amount} )"),
        ("in_bottom", "parmi les {n}{percent} derni(?:er|ere)s(?= (?:de|du) .+{by_amount} )"),
        (
            "in_top",
            "{lead}{n}{percent}{who} qui (?:depensent le plus|ont depense le plus"
            "|ont le plus depense){lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} qui (?:depensent le moins|ont depense le moins"
            "|ont le moins depense){lately}",
        ),
        ("in_top", "{lead}{n}{percent}(?: {whom})? (?:du haut|superieurs){by}{lately}"),
        ("in_bottom", "{lead}{n}{percent}(?: {whom})? (?:du bas|inferieurs){by}{lately}"),
        ("in_top", "{lead}{fraction} superieure?{who}{by}{lately}"),
        ("in_bottom", "{lead}{fraction} inferieure?{who}{by}{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}{who} qui (?P<orders>commandent|achetent|ont commande) le plus"
            "(?: souvent)?{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:avec|ayant) {most}{figure}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} (?:avec|ayant) {least}{figure}{lately}",
        ),
        (
            COMPARE,
            "(?:ont |ayant )?(?:depense|depensent|depensant) {more} {than}{average}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who} (?:avec|ayant|dont) {figure}(?: est)?"
            " le plus (?:eleve|haut|important|grand){lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} (?:avec|ayant|dont) {figure}(?: est)?"
            " le (?:plus (?:bas|faible|petit)|moins eleve){lately}",
        ),
        (
            COMPARE,
            "(?:avec |dont )?(?:un )?{figure}(?: est)?{lately} (?:d |de )?{bound}{average}",
        ),
        (COMPARE, "(?:ont |ayant )?{more} depense {than}{average}{lately}"),
        (COMPARE, "(?:ont |ayant )?(?:depense|depensent|depensant) {bound}{average}{lately}"),
        (COMPARE, "(?:avec )?{more} (?:de |d ){figure}{lately} {than}{average}"),
        (COMPARE, "(?:avec |dont )?(?:un )?{figure}(?: est)?{lately} {beside} {times}?{average}"),
        (
            COMPARE,
            "(?:plus de )?(?:(?P<twice>deux)|{n}) fois (?P<above>plus)"
            " (?:de |d ){figure}{lately} que {average}",
        ),
        (
            COMPARE,
            "(?:ont |ayant )?(?:depense|depensent|depensant) (?:(?P<twice>deux)|{n}) fois"
            " (?P<above>plus) que {average}{lately}",
        ),
        (COMPARE, "(?:se )?(?:sont )?{deed} {more}(?: souvent)? que {average}{lately}"),
        (
            COMPARE,
            "(?P<orders>commandent|achetent|ont commande|ont achete) {more}(?: souvent)? que"
            " {average}{lately}",
        ),
    ),
    by_figure=(
        "{by_figure}{lately}",
        "(?:avec|ayant) (?:(?P<most>{most})|(?P<least>{least})){figure}{lately}",
        "qui (?:depensent|ont depense) le (?:(?P<most>plus)|(?P<least>moins)){lately}",
        "qui (?P<orders>commandent|achetent|ont commande) le (?:(?P<most>plus)|(?P<least>moins))"
        "(?: souvent)?{lately}",
    ),
    per_part="(?:(?:de|dans|pour|sur) (?:chaque|leur)|par)"
    " (?:(?P<website>site(?: web)?|boutique en ligne)"
    "|(?P<store>boutique|vue)|(?P<group>groupe)(?: de clients)?)",
)
