"""German, without umlauts and capitals."""

from decimal import Decimal

from conditions.reading.languages.grammar import THIRD, Grammar
from conditions.reading.languages.numbers import Numbers
from conditions.reading.languages.period_words.german import PERIODS
from conditions.reading.languages.unsayable import unsayable

NUMBERS = Numbers(
    thousands=".",
    decimal=",",
    words={
        "null": 0, "eins": 1, "einem": 1, "einer": 1, "eines": 1, "einen": 1, "eine": 1, "ein": 1,
        "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
        "zehn": 10, "elf": 11, "zwolf": 12, "sechzehn": 16, "siebzehn": 17, "zwanzig": 20,
        "dreissig": 30, "vierzig": 40, "funfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80,
        "neunzig": 90, "fuenf": 5, "zwoelf": 12, "fuenfzig": 50,
    },
    times={"hundert": 100, "tausend": 1000, "dutzend": 12},
    joining="und",
)  # fmt: skip
GERMAN = Grammar(
    code="de",
    numbers=NUMBERS,
    units={
        "hour": "stunden?",
        "day": "tage?n?s?",
        "week": "wochen?",
        "month": "monate?n?s?",
        "quarter": "quartale?n?s?",
        "year": "jahre?n?s?",
    },
    months=(
        "jan(?:uar|ner)?",
        "feb(?:ruar)?",
        "marz",
        "apr(?:il)?",
        "mai",
        "juni?",
        "juli?",
        "aug(?:ust)?",
        "sep(?:tember|t)?",
        "okt(?:ober)?",
        "nov(?:ember)?",
        "dez(?:ember)?",
    ),
    dates=(r"(?:dem |den |der )?(?P<d>\d\d?|{ordinal}) (?P<m>{month}) (?P<y>{year})",),
    ordinals=tuple(
        f"{stem}e[nrs]?"
        for stem in (
            *("erst", "zweit", "dritt", "viert", "funft", "sechst", "siebt", "acht", "neunt"),
            *("zehnt", "elft", "zwolft", "dreizehnt", "vierzehnt", "funfzehnt", "sechzehnt"),
            *("siebzehnt", "achtzehnt", "neunzehnt", "zwanzigst", "einundzwanzigst"),
            *("zweiundzwanzigst", "dreiundzwanzigst", "vierundzwanzigst", "funfundzwanzigst"),
            *("sechsundzwanzigst", "siebenundzwanzigst", "achtundzwanzigst"),
            *("neunundzwanzigst", "dreissigst", "einunddreissigst"),
        )
    ),
    half="(?:halbjahr|halben jahr)(?: des jahres| von)?",
    quarter="quartal(?: des jahres| von)?",
    month_first=False,
    comparing={
        "gte": "mindestens|mind|wenigstens|nicht weniger als|nicht unter|zumindest|>=|> =|≥|min|ab",
        # "Über eine Mail" is "by a mail".
        "gt": "mehr als|(?:ofter|haufiger) als|uber(?! eine[mnrs]? (?!million))|grosser als"
        "|hoher als|oberhalb von|>|mehr wie|von mehr als|von uber",
        "lte": "hochstens|maximal|nicht mehr als|nicht uber|nicht (?:hoher|grosser) als"
        "|bis zu|bis|<=|< =|≤|max|allenfalls",
        "lt": "weniger als|seltener als|unter|kleiner als|niedriger als|unterhalb von|<"
        "|geringer als",
        "is": "genau|exakt|gleich|nur|lediglich|=|von genau",
    },
    compared={
        # Not before a number, which the words would compare: "500 Euro oder mehr als 5
        # Bestellungen".
        "gte": r"(?:oder|und|bzw) (?:mehr|ofter|haufiger|hoher|daruber|grosser|aufwarts)"
        r"(?! als| wie)|\+|aufwarts|mindestens|mind",
        "lte": "(?:oder|und|bzw) (?:weniger|niedriger|darunter|geringer)(?! als)",
    },
    between=(
        "zwischen {a} und {b}",
        "zwischen {a} – {b}",
        "von {a} bis(?: zu)? {b}",
        "{a} bis {b}",
        "{a} – {b}",
    ),
    once={
        "einmal": 1,
        "zweimal": 2,
        "dreimal": 3,
        "viermal": 4,
        "funfmal": 5,
        "fuenfmal": 5,
        "sechsmal": 6,
        "siebenmal": 7,
        "achtmal": 8,
        "neunmal": 9,
        "zehnmal": 10,
        "zwolfmal": 12,
        "zwanzigmal": 20,
        "ein mal": 1,
        "elfmal": 11,
    },
    times="mal|male|x",
    pieces="artikeln?|stucke?n?|teilen?|produkten?|sachen|waren|positionen|dinge",
    worth="im wert von|wert von|von insgesamt|in hohe von|fur insgesamt|fur|von"
    "|im gesamtwert von|mit einem gesamtwert von|mit einem wert von|im wert|wert|uber insgesamt"
    "|mit insgesamt|mit zusammen|von zusammen",
    totalling="(?:von |fur |uber |mit )(?:insgesamt|zusammen)|(?:im|mit einem) gesamtwert von",
    periods=PERIODS,
    words=(
        # All customers: "Kundinnen und Kunden", "Kund*innen", "Kund:innen", "Kund/innen".
        (
            "fill",
            "kund(?:en)?innen (?:und|oder|/|&) (?:die )?kunden|kunden (?:und|oder|/|&) (?:die )?"
            "kundinnen|kunde (?:und|oder|/|&) kundin|kundin (?:und|oder|/|&) kunde"
            "|kunden? (?:: |/ )in(?:nen)?|kund (?:: |/ )?in(?:nen)?|(?:: |/ )?innen"
            r"|kund \( inn \) en",
        ),
        ("but", "aber|jedoch|allerdings|sondern|dennoch|und zwar|doch|obwohl"),
        ("and", "und|sowie|und auch|sowie auch|&(?: &)?|plus|und ausserdem|ausserdem|;|als auch"),
        ("or", "oder|/|bzw|beziehungsweise|oder aber|und / oder|(?:[|](?: [|])?)"),
        ("nor", "noch"),
        ("either", "entweder"),
        ("neither", "weder"),
        (
            "except",
            "ausser(?: denen| die| aus)?|ausgenommen|bis auf|abgesehen von|nicht aber"
            "|nicht jedoch|nicht hingegen",
        ),
        (
            "exclusive",
            "(?:, )?(?:aber )?(?:nicht|nie) (?:alle )?beide[smn]?(?: zusammen| zugleich"
            "| gleichzeitig| auf einmal)?",
        ),
        (
            "never",
            "nie(?: und nimmer| im leben| zuvor| (?:, )?aber auch nie)?|niemals"
            "|noch nie zuvor|noch nie|noch niemals|kein einziges mal|nicht ein einziges mal",
        ),
        ("biggest", "grosste[rnms]?|hochste[rnms]?|teuerste[rnms]?"),
        ("smallest", "kleinste[rnms]?|niedrigste[rnms]?|billigste[rnms]?|gunstigste[rnms]?"),
        (
            "net",
            r"ohne(?= (?:versand|versandkosten|lieferkosten|porto|steuern?|mwst|mehrwertsteuer) )",
        ),
        (
            "not",
            "nicht|kein(?:e|en|er|em|es)?|niemand(?:en)?|nichts|ohne(?: eine| einen)?|noch nie"
            "|noch keine?n?|ausserhalb(?: von)?|noch nicht|keinerlei"
            "|noch niemals|nie etwas|falsch"
            "|(?:will|wollen) keine?n?(?= {advertising} )",
        ),
        (
            "who",
            ", (?:die|der|das|welche|deren|dessen|denen|den|bei denen)|deren|dessen|welche"
            "|bei denen",
        ),
        ("always", "immer(?! noch)|stets|jedes mal"),
        ("exclusively", "ausschliesslich"),
        ("every", "jede[rsnm]?|alle|jeweils"),
        (
            "starts_with",
            "beginnend mit|beginnt mit|beginnen mit|anfangend mit|fangt mit|beginnend"
            "|beginnt|beginnen|fangt an mit",
        ),
        ("ends_with", "endet auf|enden auf|endend auf|endet mit|enden mit|endend"),
        ("contains", "enthalt|enthalten|enthaltend|beinhaltet"),
        (
            "together",
            "(?:zusammen|gemeinsam)(?! mit )(?: in einer bestellung)?"
            "|in einer (?:einzigen |einzelnen )?bestellung|in derselben bestellung"
            "|in der gleichen bestellung"
            "|gleichzeitig|in ein und derselben bestellung",
        ),
        (
            "multiple",
            "doppelte|halb(?:e[nrsm]?)?|(?:die )?(?:top|besten|ersten) {n}(?: %| prozent)?",
        ),
        ("average", "im durchschnitt|durchschnittlich|im schnitt|im mittel"),
        ("interval", "zwischen"),
        ("earlier", "vor(?: der| dem| ihrer)?|fruher als"),
        ("later", "nach(?: der| dem| ihrer)?|spater als"),
        (
            "afterwards",
            "(?:immer noch|noch immer)(?= (?:nicht|nie|kein))|seitdem|seither|danach|anschliessend",
        ),
        ("again", "wieder|noch ein ?mal|nochmals?|erneut|abermals|ein weiteres mal"),
        ("scope", "eine? oder(?= keine? )"),
        (
            "back",
            "wieder ?gekommen|zuruck ?(?:gekommen|gekehrt)|wieder ?(?:kamen|kommen)"
            "|zuruck(?:kamen|kommen|kehrten|kehren)",
        ),
        ("repeat", "(?:stamm|wiederholungs)(?:kunden?|kundinnen|kaufern?)"),
        ("then", "dann"),
        ("total", "insgesamt|im ganzen|alles in allem|in summe"),
        ("sum", "(?:die )?summe (?:der|von|aller)"),
        ("no_longer", "nicht mehr|nie mehr"),
        *unsayable("de"),
        ("per_row", "(?:pro|je) (?:bestellung|einkauf|kauf|warenkorb)"),
        (
            "there",
            "dort(?: (?:selbst|auch|aber))*"
            "(?: (?:wohn(?:en|t|haft)|leb(?:en|t)|zuhause|ansassig))?",
        ),
        ("not", "!"),
        ("sets", "=|:"),
        ("only", "nur|nichts ausser|nichts als"),
        (
            "foremost",
            "als erste[rsn]?(?: passt)?|zuerst|an erster stelle"
            "|(?:das )?erste (?:passende |zutreffende )?segment",
        ),
        ("if", "falls|wenn"),
        ("any", "irgendeine[rnms]?|irgendwelche[nrm]?"),
        ("single", "(?:nur |genau )?eine?[nmrs]? einzige[nrms]?"),
        ("sole", "einzige[nrms]?"),
    ),
    draws=(
        "{n} (?:%|prozent) (?:testgruppe|kontrollgruppe)(?: “)?",
        "(?:testgruppe|kontrollgruppe)(?: “)? (?:von|mit) {n} (?:%|prozent)",
        "(?:testgruppe|kontrollgruppe) (?:von|mit) {n} (?:%|prozent) “",
        "(?:(?:die|den) )?(?:ersten )?{n} (?:%|prozent) der (?:auslosung|verlosung) “",
    ),
    fractions={"halfte": Decimal(50), "drittel": THIRD, "viertel": Decimal(25)},
    at_random="(?:nach dem|per|durch) zufall(?: ausgewahlt)?|zufallsauswahl(?: von)?|ausgelost"
    "|zufallig(?:e[nrsm]?)?(?: (?:aus)?gewahlte?[nrsm]?| gezogene?[nrsm]?| auswahl von"
    "| stichprobe von)?",
    spans={
        "start": "eingetreten|hinzugekommen|dazugekommen|gekommen|aufgenommen|reingekommen",
        "end": "verlassen|ausgetreten|ausgeschieden|(?:heraus|raus)(?:gefallen|geflogen)",
        "was": "waren|war",
    },
    habits=(
        ("active", "(?:in|an|wahrend) {op}{a}(?: von)? (?:der|den|ihrer) letzten {n} {cal}"),
        ("each", "(?:in )?jede[nrms]? (?:einzelnen )?(?:der|von den) letzten {n} {cal}"),
        ("each", "(?:in )?jede[nrms]? {u1} (?:in den|der|wahrend der) letzten {n} {cal}"),
        ("each", "in den letzten {n} {cal} (?:in )?jede[nrms]? {u1}"),
        ("run", "(?:{n} {cal}|{years}) lang (?:in )?jede[nrms]? {u1}"),
        ("run", "jede[nrms]? {u1} (?:(?:fur|uber) )?(?:{n} {cal}|{years}) lang"),
        ("run", "jede[nrms]? {u1} (?:fur|uber) (?:{n} {cal}|{years})"),
        ("row", "{n} {cal} (?:lang|hintereinander)"),
        ("row", "{n} {cal} hintereinander (?:in )?jede[nrms]? {u1}"),
        (
            "stopped",
            "(?:, )?(?:und |aber )?(?:dann|danach|seitdem|seither)(?: haben sie)?"
            " (?:aufgehort|nicht mehr)",
        ),
        ("first", "(?:zum|das) (?:aller)?ersten? ?mal|erstmals"),
        ("last", "(?:die|der|den|deren|ihre|ihrer|ihren) letzten? {n}"),
        ("one_of_last", "(?:irgend)?eine (?:von )?(?:der|den|ihrer|ihren) letzten? {n}"),
        ("part_of_last", "{op}{a}(?: von)? (?:der|den|ihrer|ihren) letzten? {n}"),
        (
            "only_last",
            "(?:die|der|den|ihre[nr]?|unsere[nr]?) (?:aller)?letzten?(?= {mail} )",
        ),
        ("earliest", "(?:die|der|den|deren|ihre|ihrer|ihren) ersten? {n}"),
    ),
    years="(?P<half_year>(?:ein )?halbes jahr)|(?P<one_year>(?:ein )?(?:ganzes )?jahr)",
    inside=frozenset({"in", "im", "segment"}),
    out_of=frozenset({"in", "aus"}),
    articles=frozenset({"der", "den", "dem", "die"}),
    at_place=frozenset({"in", "im"}),
    outside=frozenset({"ausserhalb", "ausserhalb von"}),
    finite="haben|hat|hatten|hatte|habe|sind|ist|war|waren|wurde|wurden|werden|wohnen|wohnt|leben"
    "|lebt|kommen|kommt|stammen|liegt|liegen|gehoren|gehort|heissen|heisst|benutzen|besitzen"
    "|besitzt|verfugen",
    lacking=frozenset({"ohne", "ohne eine", "ohne einen"}),
    none=frozenset(
        {
            "kein",
            "keine",
            "keinen",
            "keiner",
            "keinem",
            "keines",
            "nichts",
            "keinerlei",
            "noch keine",
            "noch keinen",
            "noch kein",
        }
    ),
    ones=frozenset({"ein", "eine", "einen", "einer", "eines", "einem"}),
    of_any=frozenset({"ein", "eine", "einen", "einer", "eines", "einem", "irgendeine", "welche"}),
    them=frozenset({"davon", "ihnen", "darunter"}),
    half_years=("einem halben jahr", "ein halbes jahr", "halben jahr", "halbes jahr"),
    six_months=("sechs", "monate"),
    months_of={
        f"{number} {years}": months
        for number, months in (
            *(("anderthalb", 18), ("eineinhalb", 18), ("1,5", 18), ("zweieinhalb", 30)),
            *(("2,5", 30), ("dreieinhalb", 42), ("3,5", 42)),
        )
        for years in ("jahre", "jahren")
    }
    | {
        "einem dreivierteljahr": 9,
        "ein dreivierteljahr": 9,
        "einem vierteljahr": 3,
        "ein vierteljahr": 3,
        "vierteljahr": 3,
    },
    best="(?:wertvollste|beste|umsatzstarkste|wichtigste)[nr]?|top",
    loyal="(?:treue|loyale)[nr]?",
    regular="Stammkunden",
    any_more=frozenset({"mehr"}),
    advertising="newsletter|werbung|marketing",
    receiving=frozenset(
        {"bekommen", "bekommt", "bekamen", "bekam", "erhalten", "erhalt", "erhielten", "erhielt"}
    ),
    of_them=frozenset({"davon", "von", "ihnen", "darunter"}),
    feminine=frozenset({"kundinnen", "kundin"}),
    filling="dabei|kunden?|kund|leuten?|personen?|jeder"
    "|jene|diejenigen|derjenigen|zeig|zeige|mir|finde|suche|liste|gib|alle|aller|allen|alles|wer"
    "|die|der|das|den|dem|des|ein|eine|einen|einem|einer|eines|mit|aus|in|im|bei|beim|von|vom|zu"
    "|zum|zur|auf|am|an|fur|uns|unser|unsere|unserem|unseren|unserer|haben|hat|hatten|hatte|habe"
    "|sind|ist|war|waren|wurde|wurden|worden|werden|sein|ihr|ihre|ihrem|ihren|ihrer|ihnen|sie|er"
    "|es|wir|ich|sich|etwas|irgendetwas|was|produkte|produkt|artikel|artikeln|produkten|ware"
    "|sachen|gehabt|getan|gemacht|getatigt|aufgegeben|wohnen|wohnhaft|leben|wohnt|lebt|kommen"
    "|kommt|stammen|ansassig|insgesamt|bisher|bislang|schon|bereits|je|jemals|derzeit|aktuell|noch"
    "|per|via|benutzt|genutzt|verwendet|eingelost|einlosten|benutzen|liegt|liegen|gelegt|gehoren"
    "|gehort|mitglieder|mitglied|gruppe|segment|namens|heissen|heisst|kategorie|marke|da|auch"
    "|welcher|welches|davon|verfugen|uber ein|besitzen|besitzt|gibt|bitte|konto|kundenkonto|konten"
    "|um|fur unser|wo|mal|gerne|lassen|liess|ihres|getatigt haben|eingeben|erhalten|bekommen"
    "|zuhause|zeitraum|laufe|jahr|shop|personen die|nutzer|nutzern|user|kundschaft|kundengruppe"
    "|betrug|betragt|lag|beträgt|als|so|eingesetzt|daheim|stufe|level|unseres|hallo|brauche"
    "|gelassen|dazu|angegeben|ja|wahr|kg|mochte|will|bitte alle|gerne alle|bekommt|bekamen|bekam"
    "|erhalt|erhielten|erhielt|erzielt",
    verb_last=True,
)
