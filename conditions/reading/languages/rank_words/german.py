"""German words for places among others and for averages."""

from conditions.reading.languages.rank_words.model import COMPARE, RankWords

GERMAN = RankWords(
    slots={
        "by": "(?:nach|gemessen an|gemessen am|beim)",
        "figure": "(?:(?:dem |der |ihrem )?(?P<sales>(?:gesamt)?umsatz|ausgaben)"
        "|(?:der |ihrer )?(?:(?:an)?zahl (?:der |ihrer |an )?)?"
        "(?P<orders>bestellungen|einkaufe|einkaufen|kaufe|kaufen|bestellanzahl|bestellzahl)"
        "|(?:dem )?(?P<worth>(?:durchschnittliche[mrn]? )?bestellwert|warenkorbwert))",
        "named": "(?:der |dem |den |ihrer |ihren )?"
        "(?P<number>(?:an)?zahl (?:der |ihrer |von |an )?)?",
        "goods": "(?:der |unserer )?(?:{pieces}|produkten?|produkte|artikeln?|kategorien|marken?)",
        "whom": "(?:kunden?|kaufern?|besteller)",
        "who": "(?: (?:unserer |der |aller )?{whom})?",
        "lead": "(?:(?:unter|zu|in) )?(?:die |den |der |unsere |unseren )?",
        "largest": "(?P<largest>hochsten|grossten)(?! (?:bestellungen|einkaufe|kaufe) )",
        "smallest": "(?P<smallest>niedrigsten|geringsten|kleinsten)"
        "(?! (?:bestellungen|einkaufe|kaufe) )",
        "percent": "(?P<percent> %| prozent)?",
        "lately": "(?: (?:der|in den|aus den|wahrend der) (?:letzten|vergangenen)"
        " (?P<count>{number}) {u})?",
        "more": "(?:(?P<at_least>mindestens|nicht weniger als)|(?P<at_most>hochstens"
        "|nicht mehr als)|(?:(?P<above>mehr|hohere[rnm]?)|(?P<below>weniger|niedrigere[rnm]?))"
        " als)",
        "beside": "(?:(?P<above>uber|hoher als|grosser als)|(?P<below>unter|niedriger als"
        "|kleiner als|geringer als)|(?P<at_least>mindestens)|(?P<at_most>hochstens))",
        "times": "(?:(?P<twice>doppelt|zweimal) |(?P<triple>dreimal) |(?P<fourfold>viermal) "
        "|(?P<fivefold>funfmal) |(?P<tenfold>zehnmal) |(?P<half>halb) |{n} ?mal )so ",
        "multiple": "(?:(?P<twice>doppelte|zweifache)|(?P<triple>dreifache)"
        "|(?P<fourfold>vierfache)|(?P<fivefold>funffache)|(?P<tenfold>zehnfache)"
        "|(?P<one_and_a_half>anderthalbfache|eineinhalbfache)|(?P<half>halfte|halbe)"
        "|{n} fache)[mnrs]?",
        "of_average": "(?:des|der|vom) (?:(?P<median>median)|durchschnitt|schnitt)(?:e?s)?",
        "fraction": "(?:(?P<half_share>halfte)|(?P<quarter_share>viertel)"
        "|(?P<tenth_share>zehntel))",
        "best": "(?:top|besten|wertvollsten|ober(?:st)?en|umsatzstarksten|starksten|wichtigsten"
        "|grossten)",
        "worst": "(?:schlechtesten|unter(?:st)?en|umsatzschwachsten|schwachsten)",
        "last": "(?:letzten|schlechtesten|unter(?:st)?en|umsatzschwachsten|schwachsten)",
        "belong": "(?: (?:gehoren|zahlen|liegen|sind))?",
        "average": "(?:der |im |dem |den |ein )?(?:(?P<median>median)|durchschnitt|schnitt)"
        "(?:s?kunden?)?",
    },
    patterns=(
        (
            "in_top",
            "{lead}{best} {n}{percent}{who}{by}{lately}{belong}",
        ),
        (
            "in_top",
            "{lead}{n}{percent} {best}{who}{by}{lately}{belong}",
        ),
        (
            "in_bottom",
            "{lead}{worst} {n}{percent}{who}{by}{lately}{belong}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent} {worst}{who}{by}{lately}{belong}",
        ),
        ("in_top", "{lead}{n}{percent} (?P<joined>(?:aller)?neuesten) {whom}"),
        ("in_top", "{lead}(?P<joined>(?:aller)?neuesten) {n}{percent} {whom}"),
        ("in_top", "{by_figure} {lead}{best} {n}{percent}(?: {whom})?{lately}{belong}"),
        ("in_bottom", "{by_figure} {lead}{last} {n}{percent}(?: {whom})?{lately}{belong}"),
        ("not_in_top", "{by_figure} nicht {lead}{best} {n}{percent}(?: {whom})?{lately}{belong}"),
        (
            "not_in_bottom",
            "{by_figure} nicht {lead}{last} {n}{percent}(?: {whom})?{lately}{belong}",
        ),
        ("in_top", "(?:das|die) (?:obere|oberste|beste) {fraction}{who}{by}{lately}"),
        ("in_bottom", "(?:das|die) (?:untere|unterste) {fraction}{who}{by}{lately}"),
        ("in_bottom", "{lead}letzten {n}{percent} {whom}{by}{lately}"),
        ("in_bottom", "{lead}letzten {n}{percent} {by_figure}{lately}"),
        (
            "in_top",
            "{lead}{n}{percent}{who} mit (?:den|dem|der)"
            " (?:(?P<many>meisten)|{largest}) {figure}{lately}",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who} mit (?:den|dem|der)"
            " (?:(?P<few>wenigsten)|{smallest}) {figure}{lately}",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who}(?: ,)? die{lately} am meisten (?:ausgegeben haben|ausgeben)",
        ),
        (
            "in_bottom",
            "{lead}{n}{percent}{who}(?: ,)? die{lately} am wenigsten (?:ausgegeben haben|ausgeben)",
        ),
        (
            "in_top",
            "{lead}{n}{percent}{who}(?: ,)? die{lately} am (?:meisten|haufigsten|oftesten)"
            " (?P<orders>(?:bestellt|gekauft) haben|bestellen|kaufen|einkaufen)",
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
        (COMPARE, "{figure}{lately} (?:{more} )?{times}(?:hoch|gross) wie {average}"),
        (
            COMPARE,
            "(?:haben )?(?:sich )?(?:(?P<above>ofter|haufiger)|(?P<below>seltener)) {deed}"
            "(?: haben)? als {average}",
        ),
        (
            COMPARE,
            "(?:haben )?(?:sich )?(?:(?P<above>ofter|haufiger)|(?P<below>seltener)) als {average}"
            " {deed}(?: haben)?",
        ),
        (
            COMPARE,
            "{figure}{lately} {beside} dem (?:(?P<half>halben)|(?P<twice>doppelten))"
            " (?:(?P<median>median)|durchschnitt)",
        ),
        (COMPARE, "{figure}{lately} {beside} (?:dem|das|der|die) {multiple} {of_average}"),
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
            "(?:haben )?(?:{more} )?(?:das|die) {multiple} {of_average} ausgegeben(?: haben)?",
        ),
        (COMPARE, "(?:(?P<above>mehr)|(?P<below>weniger)) {figure}{lately} als {average}"),
        (COMPARE, "(?:{more} )?{times}(?:viele?|hohe[rn]?) {figure}{lately} wie {average}"),
        (
            COMPARE,
            "(?:haben )?(?P<orders>(?:(?P<above>ofter|haufiger)|(?P<below>seltener))"
            " (?:bestellt|gekauft)) als {average}",
        ),
        (
            COMPARE,
            "(?:haben )?(?:bestellen |kaufen )?"
            "(?P<orders>(?P<above>ofter|haufiger)|(?P<below>seltener))"
            " als {average}(?: (?:bestell|kauf|einkauf)en| (?:bestellt|gekauft)(?: haben)?)?",
        ),
    ),
    by_figure=(
        "{by_figure}{lately}",
        "mit (?:den|dem|der) (?:(?P<most>(?P<many>meisten)|{largest})"
        "|(?P<least>(?P<few>wenigsten)|{smallest})) {figure}{lately}",
        "(?:, )?die{lately} am (?:(?P<most>meisten)|(?P<least>wenigsten)) ausgegeben haben",
        "(?:, )?die{lately} am (?:(?P<most>meisten|haufigsten|oftesten)"
        "|(?P<least>wenigsten|seltensten)) (?P<orders>bestellt|gekauft) haben",
    ),
    per_part="(?:je|pro|(?:in |fur |auf )?jede[rnsm]?|ihre[rs])"
    " (?:(?P<website>website|webseite|webshop)"
    "|(?P<store>store|store view)|(?P<group>kundengruppe|gruppe))",
)
