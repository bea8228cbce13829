"""French, without accents and capitals; elided words stand apart (`l annee`)."""

from decimal import Decimal

from conditions.reading.languages.grammar import THIRD, Grammar
from conditions.reading.languages.numbers import Numbers
from conditions.reading.languages.period_words.french import PERIODS
from conditions.reading.languages.unsayable import unsayable

NUMBERS = Numbers(
    thousands="",
    decimal=",",
    words={
        "zero": 0, "une": 1, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6,
        "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
        "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40,
        "cinquante": 50, "soixante": 60, "quatre vingts": 80, "quatre vingt": 80,
    },
    times={"cent": 100, "cents": 100, "mille": 1000, "une douzaine de": 12, "douzaine": 12,
           "une douzaine": 12, "une centaine de": 100, "un millier de": 1000,
           "une vingtaine de": 20},
    joining="et",
)  # fmt: skip
# Not before a number, which the words would compare: "500 euros ou plus de 5 commandes".
_NO_NUMBER = rf"(?! (?:d[eu]?|que) (?:{NUMBERS.pattern}))"
FRENCH = Grammar(
    advertising="newsletters?|infolettres?",
    code="fr",
    numbers=NUMBERS,
    units={
        "hour": "heures?",
        "day": "jours?|journees?",
        "week": "semaines?",
        "month": "mois|moi",
        "quarter": "trimestres?",
        "year": "ans?|annees?",
    },
    months=(
        "janv(?:ier)?",
        "fev(?:rier)?|fevr",
        "mars",
        "avr(?:il)?",
        "mai",
        "juin",
        "juil(?:let)?",
        "aout",
        "sept?(?:embre)?",
        "oct(?:obre)?",
        "nov(?:embre)?",
        "dec(?:embre)?",
    ),
    dates=(r"(?:le )?(?P<d>\d\d?|{ordinal})(?: er)? (?P<m>{month}) (?P<y>{year})",),
    ordinals=("premi(?:er|ere)", "second|deuxieme", "troisieme", "quatrieme"),
    half="semestre(?: de(?: l annee)?)?",
    quarter="trimestre(?: de(?: l annee)?)?",
    month_first=False,
    comparing={
        "gte": "au moins|au minimum|pas moins d[e]?|minimum|a partir d[e]?|d au moins|des|>=|> =|≥"
        "|superieur(?:e|s|es)? ou ega(?:l|le|ux|les) a|min",
        "gt": "(?:de |d )?plus d(?:e|es)?|superieur(?:e|s|es)? (?:a|au|aux)|au dela de|depassant"
        "|>|depasse(?:nt)?|excedant|au dessus de|plus que|plus souvent que|plus grand que"
        "|depassent",
        "lte": "au plus|au maximum|pas plus d(?:e)?|pas au de(?:la|ssus) d(?:e)?"
        "|maximum|jusqu a|<=|< =|≤|max|tout au plus"
        "|inferieur(?:e|s|es)? ou ega(?:l|le|ux|les) a",
        "lt": "(?:de |d )?moins d(?:e|es)?|inferieur(?:e|s|es)? (?:a|au|aux)|en dessous de|<"
        "|moins que|moins souvent que|au dessous de|sous",
        "is": "qu|que|exactement|precisement|seulement|juste|egal(?:e)? a|=|uniquement",
    },
    compared={
        "gte": rf"(?:ou|et) plus{_NO_NUMBER}|(?:ou|et) davantage|(?:ou|et) au dela|\+|au moins"
        "|minimum|(?:ou|et) au dessus",
        "lte": rf"(?:ou|et) moins{_NO_NUMBER}|au plus|maximum|au maximum",
    },
    between=("entre {a} et {b}", "de {a} a {b}", "{a} a {b}", "{a} – {b}", "entre {a} – {b}"),
    once={
        "une fois": 1,
        "deux fois": 2,
        "trois fois": 3,
        "quatre fois": 4,
        "cinq fois": 5,
        "six fois": 6,
        "sept fois": 7,
        "huit fois": 8,
        "neuf fois": 9,
        "dix fois": 10,
        "douze fois": 12,
        "vingt fois": 20,
        "une seule fois": 1,
        "une fois seulement": 1,
    },
    times="fois|x",
    pieces="articles?|pieces?|produits?|choses?|unites?|elements?",
    worth="(?:d )?une valeur de|d un montant de|pour|d une valeur d|valant|d un total de"
    "|(?:d )?un montant|pour un total de|(?:d )?une valeur|montant de|d un montant|au total"
    "|totalisant"
    "|de|d",
    totalling="d un total de|pour un total de|au total|totalisant",
    periods=PERIODS,
    words=(
        # All customers: « clients et clientes », « client·e·s », « client(e)s ».
        (
            "fill",
            "clientes? (?:et|ou|/|&) (?:les )?clients?|clients? (?:et|ou|/|&) (?:les )?clientes?"
            "|clients? (?:(?:/ )?es?|\\( es? \\))(?: s(?! \\w+))?",
        ),
        ("but", "mais|cependant|toutefois|pourtant|mais aussi|bien que"),
        # "n'achètent plus de"; before a number it compares.
        ("no_longer", "plus(?= (?:de|d) (?!{n}))"),
        ("and", r"et|ainsi que|et aussi|&(?: &)?|(?<=\w )(?<!mais )(?<!et )plus|;|et qui"),
        ("or", "ou|/|ou bien|ou alors|et / ou|ou encore|(?:[|](?: [|])?)"),
        ("nor", "ni"),
        ("either", "soit"),
        (
            "except",
            "sauf(?: ceux)?|hormis|excepte(?:s)?|a l exception (?:de|des|d)|en dehors (?:de|des|d)"
            "|hors|a part|mais pas ceux",
        ),
        (
            "exclusive",
            "(?:, )?(?:mais )?(?:pas|jamais) (?:aux |dans les |des |tous |toutes )?(?:les )?deux"
            "(?: ensemble| a la fois| en meme temps)?(?! \\w)",
        ),
        (
            "never",
            "jamais|sans jamais(?: avoir)?|n ont jamais|n a jamais|pas une seule fois"
            "|jamais de|jamais d|encore jamais",
        ),
        ("biggest", "plus (?:grosse|grande|chere|elevee|importante)"),
        ("smallest", "plus petite|moins chere"),
        (
            "net",
            r"sans(?= (?:les |la |le |l )?(?:frais|port|livraison|taxes?|tva) )",
        ),
        (
            "not",
            "pas|aucune?|sans(?: aucune?)?|rien|non|faux|n a pas|n ont pas|n ont jamais"
            "|n a jamais|ne sont pas|n est pas|n ont aucune?"
            "|(?:n a |n ont )?jamais rien|(?:n a |n ont )plus rien(?=.* depuis )|rien de|pas encore"
            "|jamais de|jamais d|pas de|pas d|jamais aucune?|n ont rien|ne pas|encore jamais",
        ),
        ("who", "qui|que|qu|dont|lesquels|lesquelles|ceux qui|celles qui|ayant|et qui"),
        ("always", "toujours(?! (?:pas|rien|aucun))|a chaque fois|systematiquement"),
        ("exclusively", "exclusivement"),
        (
            "every",
            "(?:tous |toutes )?les deux(?= (?:de|d|a|en|avec|au) )"
            "|chaque|toutes les|tous les|toutes|tous|toute|toutes leurs|chacune de leurs"
            "|chacune des|chacune?",
        ),
        ("starts_with", "(?:qui )?commen(?:cant|ce|cent)(?: par)?|debut(?:ant|e|ent)(?: par)?"),
        (
            "ends_with",
            "(?:qui )?(?:se )?(?:finissant|finit|finissent|terminant|termine|terminent)"
            "(?: par| en)?|en se terminant par",
        ),
        ("contains", "contenant|contient|contiennent|contenait|contenaient|comprenant|comportant"),
        (
            "together",
            "ensemble(?! avec )(?: dans (?:une|la) (?:meme |seule )?commande)?|dans (?:une"
            "|la) meme commande|(?:dans|en|sur) une (?:seule )?commande|en meme temps",
        ),
        (
            "multiple",
            "double|demie?|triple|(?:les )?{n} (?:meilleurs|premiers)|top {n}(?: %)?",
        ),
        ("average", "en moyenne|moyenne"),
        ("interval", "entre"),
        ("earlier", "avant|anterieure? a"),
        ("later", "apres|posterieure? a"),
        ("afterwards", "toujours(?= (?:pas|rien|aucun))|depuis lors"),
        (
            "again",
            "(?:de|a) nouveau|encore une fois|une nouvelle fois"
            "|(?<!pas )encore(?= (?:commande|achete) )",
        ),
        ("scope", "une? ou(?= aucune? )"),
        (
            "back",
            "(?:(?<=pas )|(?<=jamais )|(?<=plus )|(?<=sont )|(?<=est ))revenue?s?"
            "|reviennent|revient",
        ),
        ("repeat", "clients? (?:reguliers?|habituels?)|habitues"),
        ("then", "puis|ensuite|par la suite"),
        ("total", "totale?|au total|en tout|totalise(?:nt)?"),
        ("sum", "(?:la )?somme (?:des?|du|d)"),
        (
            "no_longer",
            "n ont plus|n a plus|ne sont plus|n est plus|n ayant plus"
            r"|(?:ne|n)(?= (?:(?:se|s|y|en|le|la|les|l) )?\w+ plus (?!(?:d |de )?{n}|que |qu ))",
        ),
        *unsayable("fr"),
        ("per_row", "par (?:commande|achat|panier)"),
        (
            "there",
            "y (?:habit(?:ent|e|ant)|viv(?:ent|ant)|resid(?:ent|e|ant))"
            "|la bas|(?:(?<=pas )|(?<=habitent )|(?<=vivent ))la(?! \\w)",
        ),
        ("not", "!"),
        ("sets", "=|:"),
        ("only", "seulement|uniquement|rien que|rien d autre que"),
        ("single", "une? (?:seule?|unique)"),
        ("sole", "seule?|unique"),
        (
            "foremost",
            "(?:le |la )?premiere?(?: de)?|en premier"
            "|(?:le )?premier segment(?: (?:qui convient|correspondant|adapte))?",
        ),
        ("if", "si"),
        ("any", "quelconques?|n importe quelle"),
    ),
    draws=(
        "(?:groupe (?:de )?(?:test|controle)|echantillon)(?: “)?(?: de)? {n} (?:%|pour cent)",
        "(?:groupe (?:de )?(?:test|controle)|echantillon)(?: de)? {n} (?:%|pour cent) “",
        "(?:les )?{n} (?:premiers )?(?:%|pour cent) du tirage “",
    ),
    fractions={"moitie": Decimal(50), "tiers": THIRD, "quart": Decimal(25)},
    at_random="(?:(?:tire|choisi|pris|selectionne)e?s? )?(?:au hasard|aleatoirement)|aleatoires?"
    "|echantillon aleatoire(?: de)?",
    spans={
        "start": "entres?|rejoint",
        "end": "quitte|sortis?",
        "was": "etaient|etait|faisaient|faisait",
    },
    habits=(
        (
            "active",
            "(?:au cours d |au cours de |pendant |dans )?{op}{a} des {n} derni(?:er|ere)s {cal}",
        ),
        ("each", "(?:au cours de |pendant )?chacun(?:e)? des {n} derni(?:er|ere)s {cal}"),
        ("each", "(?:chaque|tous les|toutes les) {u1} (?:des|les) {n} derni(?:er|ere)s {cal}"),
        (
            "run",
            "(?:chaque|tous les|toutes les) {u1} (?:pendant|durant|sur|depuis)"
            " (?:{n} {cal}|{years})",
        ),
        (
            "each",
            "(?:chaque|tous les|toutes les) {u1} (?:(?:de|pendant|sur) )?"
            "(?P<one_year>(?:cette|la) derniere annee|l annee ecoulee)",
        ),
        ("row", "{n} {cal} de suite"),
        (
            "stopped",
            "(?:, )?(?:(?:et |mais )?(?:puis|ensuite)(?: ont| a| se sont| s est)?"
            "|(?:et|mais) (?:ont|a|se sont|s est)(?: ensuite| depuis)?)"
            " (?:arrete(?:e|s|es)?|cesse)",
        ),
        ("first", "pour la (?:toute )?premiere fois"),
        ("last", "(?:dans |de |d )?(?:les|leurs|ses|des) {n} derni(?:er|ere)s?"),
        ("one_of_last", "(?:dans )?l une? (?:de (?:leurs|ses|nos)|des) {n} derni(?:er|ere)s?"),
        ("part_of_last", "(?:dans )?{op}{a} (?:de (?:leurs|ses|nos)|des) {n} derni(?:er|ere)s?"),
        ("only_last", "(?:dans )?(?:le|la|leur|notre) (?:toute? )?derniere?(?= {mail} )"),
        ("earliest", "(?:les|leurs|ses|des) {n} premi(?:er|ere)s?"),
    ),
    years="(?P<half_year>un semestre)|(?P<one_year>un an|une annee)",
    inside=frozenset({"dans", "segment"}),
    out_of=frozenset({"dans", "de", "d"}),
    articles=frozenset({"la", "le", "les", "l"}),
    outside=frozenset({"hors", "hors de", "hors du", "en dehors de", "en dehors du"}),
    toward=frozenset({"a", "en"}),
    at_place=frozenset({"en", "a", "au", "aux", "dans"}),
    finite="ont|est|sont|etaient|etait|fut|habitent|vivent|resident|utilisent|possedent|possede"
    "|disposent",
    lacking=frozenset({"sans", "sans aucun", "sans aucune"}),
    none=frozenset({"aucun", "aucune", "rien", "n ont aucun", "n ont aucune", "n ont rien"}),
    ones=frozenset({"un", "une"}),
    of_any=frozenset({"un", "une", "des", "d", "en"}),
    indefinite=frozenset({"un", "une"}),
    has_partitive=True,
    them=frozenset({"eux", "elles"}),
    half_years=("une demi annee", "un semestre"),
    six_months=("6", "mois"),
    months_of={
        "un an et demi": 18,
        "une annee et demie": 18,
        "1,5 an": 18,
        "1,5 ans": 18,
        "deux ans et demi": 30,
        "2 ans et demi": 30,
        "2,5 ans": 30,
    },
    best="meilleurs|meilleures|(?:plus )?precieux|(?:plus )?depensiers|plus gros|top",
    loyal="fideles?",
    regular="réguliers",
    any_more=frozenset({"plus"}),
    receiving=frozenset({"recu", "recus", "recue", "recues", "recoit", "recoivent"}),
    of_them=frozenset({"dont", "d", "entre", "elles", "eux"}),
    feminine=frozenset({"clientes", "cliente"}),
    filling="avaient|avait|eurent|dedans|clients?|personnes?|gens|ceux|celles|tous"
    "|toutes|tout|montre|montrez|moi|trouve|trouver|liste|donne|le|la|les|l|un|une|des|du|de|d|a"
    "|au|aux|en|dans|par|pour|avec|chez|sur|nous|nos|notre|leur|leurs|son|sa|ses|mon|mes|ont|avoir"
    "|eu|ayant|est|sont|etre|ete|etaient|etait|ils|elles|il|elle|on|qui ont|quelque|chose"
    "|quelque chose|produits?|articles?|deja|actuellement|encore|total|au total|effectue"
    "|effectuees?|effectues?|fait|faite|faites|passe|passee|passees|passes|habitant|habitent"
    "|vivant|vivent|resident|residant|bases?|situes?|venant|originaires?|membres?|membre|niveau"
    "|groupe|marque|categorie|segment|appeles?|nommes?|utilise|utilisant|utilisent|utilisee"
    "|utilises|utiliser|se|s|ne|n|y|me|c|ce|ces|cette|cet|via|moins une|lors|bien|aussi|je|veux"
    "|acheteurs|comptes?|utilisateurs?|beneficie|employe|compte client|m|t|j|qu|ils ont|elles ont"
    "|celui|font|jour|date|montant|valeur|somme|fut|egalement|partie|possedent|possede|possedant"
    "|disposent|disposant|recu|recue|recues|recus|recoit|recoivent|vers|voudrais|aimerais|souhaite|cumule|cumules|oui"
    "|vrai|kg|renseigne|indique|obtenu|besoin|bonjour|cherche|svp|soient|aient",
)
