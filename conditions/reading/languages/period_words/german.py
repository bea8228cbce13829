"""German words for lengths of time and for named days."""

_LAST = "(?:letzte[nrms]?|vergangene[nrms]?|vorige[nrms]?|zuruckliegenden)"
_MORE = "(?:mehr als|uber|langer als|alter als)"

# Words for a cart that nobody changes.
_IDLE = (
    "(?:(?:herum)?lieg(?:t|en)|(?:herum)?steh(?:t|en)|warte[nt])"
    "|(?:liegen ?(?:geblieben|gelassen)|unverandert|unberuhrt|unangetastet|nicht (?:mehr )?"
    "(?:geandert|verandert|angefasst|angeruhrt))(?: (?:wurden?|ist|sind))?|verlassen|verwaist"
)

PERIODS = (
    (
        "either_prior",
        f"(?:im|in|in der|in dem|innerhalb des|wahrend des|im laufe des) {_LAST} {{cal}}",
    ),
    (
        "last",
        f"(?:in|innerhalb|wahrend|binnen|uber|im laufe)?(?: von)?(?: den| der| die)?"
        f" ?{_LAST} {{n}} {{u}}",
    ),
    ("last", "wahrend(?: von)? {n} {u}"),
    (
        "next",
        "(?:in|innerhalb|wahrend)?(?: der| den)? ?(?:die )?"
        "(?:nachste[nrms]?|kommende[nrms]?|folgende[nrms]?) {n} {u}",
    ),
    ("next", "(?:innerhalb|binnen|wahrend)(?: de[sr])? (?:nachste[nrs]|kommende[nrs]) {u}"),
    (
        "calendar_next",
        "(?:(?:in|im|in der|in dem) )?(?:nachste[nrms]?|kommende[nrms]?|folgende[nrms]?) {cal}",
    ),
    ("within", "(?:in|(?:innerhalb|binnen)(?: von)?) {n} {u}"),
    # "Länger als 45 Tage in VIP, nicht bestellt" lasts until now.
    (
        "for",
        "(?P<cmp>langer als|mehr als|uber) {n} {u}"
        f"(?= (?:i[nm](?! (?:de[nrm] )?(?:{_LAST}|diese[mnrs]?) )|nicht|nichts|keine?[nr]?) )",
    ),
    ("ago_gt", f"vor {_MORE} {{n}} {{u}}"),
    ("ago_gt", "(?:alter|langer) als {n} {u}(?: her| zuruck)?"),
    ("ago_gt", "(?:mehr als|uber) {n} {u} (?:alt|her|zuruck|zuruckliegt|zuruckliegend)"),
    ("ago_gt", "(?:langer als|mehr als|uber) {n} {u} (?:zuruckliegt|zuruckliegen|liegt)"),
    ("ago_gte", "vor (?:mindestens|wenigstens) {n} {u}"),
    ("ago_gte", "(?:mindestens|wenigstens) {n} {u} (?:alt|her|zuruck)"),
    ("ago_lt", "vor weniger als {n} {u}"),
    ("ago_lt", "(?:junger|neuer) als {n} {u}"),
    ("ago_lte", "vor (?:hochstens|maximal) {n} {u}"),
    ("ago_lte", "nicht (?:alter|langer) als {n} {u}(?: her| zuruck)?"),
    ("span", "(?:vor )?(?:zwischen )?{a} (?:und|bis|–) {b} {u}(?: her| zuruck| alt)?"),
    ("inside", "vor mehr als {a} (?:, )?(?:aber|und) weniger als {b} {u}"),
    ("point", "vor {n} {u}"),
    ("for", f"seit (?:(?P<cmp>{_MORE}|mindestens|wenigstens) )?{{n}} {{u}} (?:{_IDLE})"),
    ("for", f"(?:{_IDLE}) seit (?:(?P<cmp>{_MORE}|mindestens|wenigstens) )?{{n}} {{u}}"),
    ("for", f"seit (?P<cmp>{_MORE}|mindestens|wenigstens) {{n}} {{u}}(?: lang)?"),
    ("for", f"(?P<cmp>{_MORE}|mindestens) {{n}} {{u}}(?: lang)"),
    ("for", "seit (?P<cmp>weniger als|hochstens|maximal|nicht mehr als) {n} {u}"),
    ("for", "seit {n} {u}(?P<cmp> oder langer| und langer)?"),
    ("for", "{n} {u} (?:lang|alt)"),
    ("length", "{n} {u}"),
    ("length", "(?P<n>ein|eine[mnr]?) {u}"),
    (
        "this",
        "(?:in |im |innerhalb |wahrend )?(?:diese[mnrs]?|laufende[nms]?"
        "|dem laufenden|der laufenden|aktuelle[nms]?) {cal}",
    ),
    ("this_or_prior", f"(?:in |im )?diese[mnrs]? oder (?:in |im |dem |der )?{_LAST} {{cal}}"),
    ("prior", f"{_LAST} {{cal}}"),
    ("prior", "(?:im )?(?P<year>vorjahr)"),
    ("prior", "(?:im )?(?P<month>vormonat)"),
    ("prior", "(?:im )?(?P<quarter>vorquartal)"),
    ("prior", "(?:in der )?(?P<week>vorwoche)"),
    ("today", "(?:seit )?heute"),
    ("idle_since_yesterday", f"seit gestern (?:{_IDLE})|(?:{_IDLE}) seit gestern"),
    ("since_yesterday", "seit gestern"),
    ("yesterday", "gestern"),
    ("tomorrow", "morgen"),
    (
        "between",
        "(?:zwischen|von|vom)(?: dem)? (?P<date>\\d\\d?) (?:und|bis)(?: zum| dem)? {date2}",
    ),
    ("between", "(?:zwischen|von|vom)(?: dem)? {yearless} (?:und|bis)(?: zum| dem)? {date2}"),
    ("between", "(?:zwischen|von|vom)(?: dem)? {date} (?:und|bis)(?: zum| dem)? {date2}"),
    ("idle_since", f"seit(?: dem)? {{date}} (?:{_IDLE})"),
    ("idle_since", f"(?:{_IDLE}) seit(?: dem)? {{date}}"),
    ("idle_since", f"seit(?: dem)? {{month_or_day}} (?:{_IDLE})"),
    ("idle_since", f"(?:{_IDLE}) seit(?: dem)? {{month_or_day}}"),
    ("since", "(?:seit|ab)(?: dem| anfang| beginn)? {date}"),
    ("until", "bis(?: zum| einschliesslich| ende)? {date}"),
    ("after", "nach(?: dem)? {date}"),
    ("before", "vor(?: dem)? {date}"),
    ("on", "(?:im|in|am|wahrend|im jahr|im jahre|in dem jahr) {date}"),
    ("since", "(?:seit|ab)(?: dem| anfang| beginn)? {month_or_day}"),
    ("after", "nach(?: dem)? {month_or_day}"),
    ("before", "vor(?: dem)? {month_or_day}"),
    ("on", "(?:im|am|wahrend) {month_or_day}"),
    ("on", "{day}"),
    ("bare_month", "{month_or_day}"),
    ("on", "(?P<date>20[1-3]\\d)"),
)
