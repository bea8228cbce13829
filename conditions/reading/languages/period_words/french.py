"""French words for lengths of time and for named days."""

_LAST = "(?:derniere?s?|precedente?s?|passee?s?|ecoulee?s?)"
_MORE = "(?:plus de?|plus d)"

# Words for a cart that nobody changes.
_IDLE = (
    "(?:abandonne|delaisse|laisse|inchange|intouche|oublie)s?|attend(?:ent|ant)?|dor(?:t|ment)"
    "|traine(?:nt)?|en (?:attente|souffrance)"
)

PERIODS = (
    ("either_prior", f"(?:au cours de|dans|durant|pendant|sur)(?: le| la| l)? {{cal}} {_LAST}"),
    ("either_prior", "(?:au cours du|pendant le|durant le) dernier {cal}"),
    (
        "either_prior",
        "(?:au cours de la|pendant la|durant la|dans la|dans l|sur la|cette) derniere {cal}",
    ),
    (
        "last",
        f"(?:au cours des|dans les|pendant les|durant les|sur les|lors des|ces|les"
        f"|depuis les|au cours de ces|des|ces)"
        f" {{n}} {_LAST} {{u}}",
    ),
    ("last", "(?:ces|au cours de ces|durant ces|pendant ces) {n} {u}"),
    (
        "last",
        f"(?:au cours des|dans les|pendant les|durant les|sur les|lors des|ces|les)"
        f" {_LAST} {{n}} {{u}}",
    ),
    ("last", "(?:en l espace de|en moins de) {n} {u}"),
    ("next", "(?:dans|au cours|pendant|durant|d ici)(?: les| des)? {n} prochaine?s? {u}"),
    ("next", "(?:dans|au cours|pendant|durant|d ici)(?: les| des)? prochaine?s? {n} {u}"),
    (
        "next",
        "(?:dans|au cours|pendant|durant|d ici)(?: les| des)? {n} {u}(?: qui viennent| a venir)",
    ),
    ("calendar_next", "(?:la |le |l |au cours du )?{cal} prochaine?"),
    ("within", "(?:dans|d ici|sous|en)(?: les)? {n} {u}"),
    (
        "ago_gt",
        f"(?:il y a|remonte a|date de|datant de|remontant a|remontent a"
        f"|datent de) {_MORE} {{n}} {{u}}",
    ),
    (
        "ago_gt",
        f"(?:vieux|vieille|vieilles|ancien|ancienne|anciens|age|ages) (?:de|d) {_MORE} {{n}} {{u}}",
    ),
    ("ago_gt", f"(?:de|d|a|ont) {_MORE} {{n}} {{u}}"),
    (
        "ago_gt",
        "(?:plus (?:vieux|vieille|ancien|ancienne|anciens|anciennes)) (?:que|qu|de|d) {n} {u}",
    ),
    ("ago_gte", "il y a au moins {n} {u}"),
    ("ago_gte", "de {n} {u} (?:ou|et) plus"),
    ("ago_lt", "(?:il y a|de|d) moins (?:de|d) {n} {u}"),
    ("ago_lte", "il y a (?:au plus|au maximum) {n} {u}"),
    (
        "ago_lte",
        "pas plus (?:(?:vieux|vieille|anciens?|anciennes?) )?(?:que|qu|de|d) {n} {u}",
    ),
    ("span", "(?:il y a )?entre {a} (?:et|–) {b} {u}"),
    ("span", "il y a {a} (?:a|–) {b} {u}"),
    ("inside", "il y a plus de {a}(?: {u1})? (?:mais|et) moins de {b} {u}"),
    ("point", "il y a {n} {u}"),
    ("for", f"(?:depuis|pendant) (?P<cmp>{_MORE}|au moins) {{n}} {{u}}"),
    ("for", "depuis (?P<cmp>moins d[e]?|au plus|au maximum) {n} {u}"),
    ("for", "(?:depuis|pendant|en) {n} {u}(?P<cmp> (?:ou|et) plus| au moins)?"),
    ("for", f"(?P<cmp>{_MORE}) {{n}} {{u}}"),
    ("length", "{n} {u}"),
    ("this", "(?:au cours de |pendant |durant |en )?(?:ce|cet|cette) {cal}(?: ci)?"),
    ("this", "(?:au cours du|pendant le|durant le|dans le|le|l|dans l|la) {cal} en cours"),
    ("this_or_prior", f"(?:ce|cette) {{cal}} ou (?:le|la|l) {_LAST}"),
    ("prior", f"(?:le |la |l |au cours du |pendant le |pendant la )?{{cal}} {_LAST}"),
    ("today", "(?:depuis )?aujourd hui"),
    ("idle_since_yesterday", f"(?:{_IDLE}) depuis hier"),
    ("since_yesterday", "depuis hier"),
    ("yesterday", "hier"),
    ("tomorrow", "demain"),
    ("between", "(?:entre le|du) (?P<date>\\d\\d?)(?: er)? (?:et le|au) {date2}"),
    ("between", "entre(?: le)? {yearless} et(?: le)? {date2}"),
    ("between", "(?:du|de) {yearless} (?:au|a|jusqu au) {date2}"),
    ("between", "entre(?: le)? {date} et(?: le)? {date2}"),
    ("between", "(?:du|de) {date} (?:au|a|jusqu au) {date2}"),
    ("idle_since", f"(?:{_IDLE}) depuis(?: le)? {{date}}"),
    ("idle_since", f"(?:{_IDLE}) depuis(?: le)? {{month_or_day}}"),
    ("for", f"(?:{_IDLE}) depuis (?:(?P<cmp>{_MORE}|au moins) )?{{n}} {{u}}"),
    ("since", "(?:depuis|a partir de|a partir du|des|a compter du)(?: le| du)? {date}"),
    ("until", "(?:jusqu a|jusqu au|jusqu en|au plus tard le) {date}"),
    ("after", "(?:apres|posterieure?s? (?:a|au))(?: le)? {date}"),
    ("before", "(?:avant|anterieure?s? (?:a|au))(?: le)? {date}"),
    (
        "on",
        "(?:en|le|au|durant|pendant|courant|(?:dans|durant|pendant|au cours de) l annee|au mois de"
        "|au cours (?:du mois )?d[eu]|de) {date}",
    ),
    ("since", "(?:depuis|a partir d[eu]|a compter d[eu])(?: le| debut)? {month_or_day}"),
    ("after", "apres(?: le)? {month_or_day}"),
    ("before", "avant(?: le)? {month_or_day}"),
    ("on", "(?:en|le|durant|au mois d[e]?|courant) {month_or_day}"),
    ("on", "{day}"),
    ("bare_month", "{month_or_day}"),
    ("on", "(?P<date>20[1-3]\\d)"),
)
