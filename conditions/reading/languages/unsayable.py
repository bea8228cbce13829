"""Patterns, in each language, of words that are known but that no condition can express.

Words that belong to such a pattern are not read either.
"""

from __future__ import annotations

# Costs that an amount may include or not; `{cost}` in the patterns below.
_COSTS = {
    "en": "(?:refunds?|returns?|postage|tax|taxes|vat|discounts?"
    "|(?:shipping|delivery)(?: costs?| fees?| charges?)?)",
    "de": "(?:erstattung(?:en)?|rucksendung(?:en)?|retouren|versand|versandkosten|porto"
    "|lieferkosten|steuern?|mehrwertsteuer|mwst|rabatte?)",
    "fr": "(?:frais(?: de (?:port|livraison|expedition))?|port|livraison|remboursements?|retours?"
    "|taxes?|tva|remises?)",
}
# Words after which "may" is the month, not the verb: "ordered in April and May not".
_BEFORE_MONTHS = (
    *("in", "during", "last", "this", "next", "since", "until", "till", "before", "after", "of"),
    *("by", "from", "to", "through", "every", "each"),
    *(
        f"{month} {join}"
        for join in ("and", "or")
        for month in (
            *("january", "february", "march", "april", "june", "july", "august", "september"),
            *("october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug"),
            *("sep", "sept", "oct", "nov", "dec"),
        )
    ),
)
_NO_MONTH = "".join(rf"(?<!\b{one} )" for one in _BEFORE_MONTHS)
_NO_MAIL = (
    r"(?! (?:(?!and |or |but |et |ou |mais )\S+ ){{0,4}}?(?:e )?"
    "(?:e ?-? ?mails?|mails?|mailings?|{advertising}|(?:campaign|campagne|sequence)s?) )"
)
_NOT = "(?:not|never|without|(?:haven|hasn|didn|don|doesn)(?: t)?)"
_ENGLISH = (
    # "All but some" and "not all": no condition on the last rows can express these.
    "all (?:but|except)(?: for)? (?:one of )?(?:the|their|our) (?:last|latest|past) {n}",
    "all (?:but|except)(?: for)? {n}(?: of)?",
    # A rank by each customer's largest order.
    "(?:with|who have|having) the (?:highest|biggest|largest|lowest|smallest) (?:orders|purchases)",
    # Customers open one account, their own; "open" without "account" is about mails.
    "(?:opens|open(?:ed|ing)?(?! (?:an|their) account )|click(?:s|ed|ing)?(?: on| in)?)"
    " (?:(?:an?|any|all|the|their|our|new|old|customer|user) )*accounts?",
    "accounts? (?:(?:was|were) )?opened"
    "(?= (?:in|on|during|since|between|before|after|until|within|last|this|today|yesterday) | ?$)",
    "not (?:all|each|every(?: one)?)(?: of)? (?:the|their|his|her|our) (?:last|latest|past) {n}",
    # "Not opened every one" is not "opened none".
    f"{_NOT} (?:(?!and |or |but |who )\\w+ ){{{{1,3}}}}(?:every|each) (?:single )?one (?:of )?"
    "(?:the|their|his|her|our) (?:last|latest|past) {n}",
    # "Have added a product to the cart" has no words of its own to deny.
    f"{_NOT} (?:yet |ever )?(?:add|added|adding) (?:an? (?:product|item)|products|items"
    "|some ?thing|any ?thing|to)(?= )",
    # Customers are ranked by the number of their mails, or of their opens.
    "(?:(?:top|best|bottom|worst) {n} (?:(?:%|percent|customers?|of|our|the) )*)?"
    "by (?:the )?(?:total )?(?:number|count) of (?:opened|clicked)",
    # Mails bring unsubscriptions, as do campaigns and sequences; nothing else is known to.
    f"unsubscribed? (?:through|by|via|because of|due to){_NO_MAIL}",
    # No condition is about "anything but ...".
    "(?:any|some)thing (?:but|except|other than|besides|apart from)",
    "(?:exactly|precisely|only|just|at most|more than|less than|fewer than) {n} of",
    # "at least one of them" is one of the rows before.
    "(?:at ?least|a minimum of|up to|no more than) (?!one |1 ){n} of(?! (?:which|their) )",
    "not (?:only|just|merely|simply)",
    # No condition states what customers cannot or will not do.
    f"(?:can|could|{_NO_MONTH}(?<![0-9] )may|might|must|shall|should|will|would) not|cannot",
    # "Used to order every month, then stopped" is a habit.
    "used to(?= (?:be|buy|come|have|log|order|purchase|shop|spend|visit) )"
    "(?!.* (?:every|each) .* stopped )",
    "(?:excluding|exclusive of|not (?:counting|including)|disregarding|ignoring|less|minus"
    "|except(?: for)?|apart from|aside from|before) (?:any |all |the |their )?{cost}",
    "{cost} (?:excluded|not included|not counted)",
    # Comparisons of two numbers, one of which is no figure of customers.
    r"(?:more|fewer|less) (?!than )(?:\w+ ){{1,3}}than (?:{year}|(?!{n})(?:the |their )?\w+)",
    "(?:return(?:ed|s|ing)?|refunded|exchanged|sent|sends?|gave|gives?)"
    " (?:them|it|those|these)(?: all)?(?: back| again)?",
    "(?:was|were|been|being) (?:returned|sent back|exchanged)",
    "(?:not|never)(?: yet)?(?: been)? (?:shipped|delivered|dispatched|sent|fulfilled|paid)"
    "(?: for)?(?: yet)?(?! (?:to|with|by|via|from|in|for|using|on|over|more|less|a|the|any"
    "|shipping|through) )",
    # What became of the order or the mail before.
    "(?:not|never)(?: yet)? (?:receive|received|get|got|gotten|use|used|like|need|want)"
    "(?: yet)?(?: (?:it|them|those|these))?(?= (?:, )?(?:and|or|but) | ,| ?$)",
    # Not the state of an order.
    "(?<!orders )(?<!order )(?:who|that) are new",
    # Not the first orders of each customer.
    "(?:the |our )?(?:very )?first {n} (?:customers?|clients?|people|persons?|buyers?"
    "|purchasers?|shoppers?|users?|owners?)",
    # A length of time that may lie anywhere.
    "(?:with)?in the same {cal}",
    r"(?:(?<=\d )|(?<=euros )|(?<=eur )|(?<=€ ))an? {cal}(?! (?:ago|or|from) )",
    "(?:per|each|every|once a|twice a|times a) {cal}",
    # How often, without a number.
    "hardly(?: ever)?|rarely|seldom|barely|scarcely|(?:almost|nearly|practically) (?:never|no)",
    "together with",
    "with or without|without or with",
    "without (?:an? |any |having an? )?(?:customer |user )?accounts?",
    "(?:not (?:yet )?)?confirmed (?:their |the |an? )?(?:customer |user )?accounts?",
    "every (?:{n}|other|second|third) {cal}",
    r"not (?:\w+ )?only (?:once|twice|{n})",
    "(?:per|a|the) (?:piece|item|unit)|apiece|per (?:customer|person|head|visit|product)",
)
_GERMAN = (
    # Customers are ranked by the number of their mails, or of their opens.
    "(?:top {n} (?:(?:%|prozent|kunden) )*)?nach (?:der )?(?:an)?zahl (?:der )?"
    "(?:an)?ge(?:offne|klick)ten",
    # No condition states what customers cannot or will not do. Those who want no newsletter have
    # not subscribed to it.
    "(?:konnen|konnten|kann|durfen|durften|darf|sollen|sollten|soll|wollen|wollten|will|mussen|muss)"
    " (?:nicht|nie|(?<!will )(?<!wollen )keine?[nrms]?"
    "|(?:(?<=will )|(?<=wollen ))keine?[nrms]?(?! {advertising}))",
    # What became of the order or the mail before.
    "(?:es|sie|ihn|diese)(?: aber| jedoch| doch| dann)?(?: noch)? (?:nicht|nie)"
    " (?:erhalten|bekommen)",
    # Not the state of an order.
    "(?<!bestellungen , )die neu sind",
    # Not the first orders of each customer.
    "(?:die |der |den |unsere |unserer |unseren )?ersten {n} (?:kund(?:en|innen)|personen|leute"
    "|(?:ein)?kaufer(?:innen|n)?|besteller(?:innen|n)?|nutzer(?:innen|n)?)",
    "alle (?:bis auf|ausser) (?:eine[nrs]?|(?:(?:die|den) letzten )?{n})",
    "mit (?:den|dem|der) (?:hochsten|grossten|niedrigsten|geringsten|kleinsten)"
    " (?:bestellungen|einkaufen?|kaufen?)",
    "nicht (?:alle|jede[rns]?|samtliche)(?: (?:von|der|ihrer|die|den))* letzten {n}",
    "(?:genau|exakt|nur|hochstens|maximal|mehr als|weniger als) (?:{n}|eine[srmn]?|eins)"
    " (?:von|der|ihrer)",
    "(?:mindestens|wenigstens) (?!eine?[nmrs]? ){n} (?:von|der)"
    "(?! (?:ihnen|denen|uber|mehr|mindestens|insgesamt) )",
    "nicht (?:nur|bloss|allein)",
    "kw {n}",
    "kalenderwoche {n}",
    "(?:abzuglich|exklusive|exkl|zuzuglich|zzgl|abgesehen von|ausser|minus|vor|nach abzug"
    "|ohne (?:einrechnung|berucksichtigung)) (?:der |den |von )?{cost}",
    "{cost} (?:nicht|ausgenommen)(?: eingerechnet| mitgerechnet| mitgezahlt| inbegriffen"
    "| berucksichtigt)?(?! \\w)",
    r"(?:mehr|weniger|ofter|haufiger|seltener) (?!als |wie )(?:\w+ ){{1,3}}als "
    r"(?:{year}|(?!{n})(?:im |die |der |das |den )?\w+)",
    "(?:(?<= aber )|(?<= und )|(?<= dann )|(?<= wieder )|(?<= sie )"
    "|(?<= es )|(?<= alles )|(?<= diese ))"
    "(?:wieder )?(?:zuruckgeschickt|zuruckgegeben|zuruckgesendet|retourniert|umgetauscht)",
    "(?:zuruckgeschickt|zuruckgegeben|zuruckgesendet|retourniert|umgetauscht) (?:wurden?|worden)",
    "(?:(?:noch )?nicht|nie) (?:versandt|versendet|verschickt|geliefert|ausgeliefert|zugestellt"
    "|bezahlt|beglichen)(?:e|en|er|es|em)?(?! (?:mit|per|nach|an|in|uber) )",
    "(?:im selben|im gleichen|in derselben|in der gleichen) {cal}",
    "(?:pro|je|per|jede[nrs]?|einmal im|zweimal im|dreimal im|mal im|mal pro) {cal}",
    r"(?:erst|zuerst)(?= (?:(?:\w+|,) ){{1,8}}(?:dann|danach|spater) )",
    "kaum(?: je| jemals| noch)?|selten|(?:fast|beinahe|nahezu|so gut wie)"
    " (?:nie|nichts?|keine?[nrms]?)",
    "(?:pro|je) (?:stuck|artikel|teil|paar|einheit|produkt|kunde|person)",
    "das (?:stuck|paar)",
    "mit oder ohne|ohne oder mit",
    "ohne (?:ein |eigenes |ein eigenes )?(?:kunden|benutzer)?konto",
    # "Geöffnet" without "Konto" is about mails.
    "(?:offnen|offnung(?:en)?|klicks?)"
    "(?: (?:von|auf|in|der|des|dem|den|eine[smnr]?|ihre[smnr]?|neue[nr]?))*"
    " (?:kunden|benutzer)?kont(?:os?|en)",
    r"(?:kunden|benutzer)?kont(?:o|en)"
    r"(?: (?!(?:und|oder|mit|die|haben|hat|e|e?mails?|mailings?|kampagne|{advertising}) )\w+)"
    "{{0,4}}"
    " (?:geoffnet|(?:an)?geklickt)",
    "(?:kunden|benutzer)?konto (?:noch )?(?:nicht )?bestatigt",
    "alle {n} {cal}|jede[nrs]? (?:zweite[nrs]?|dritte[nrs]?|{n}) {cal}",
    r"nicht (?:nur|bloss) (?:{n}|\w+mal)",
    "(?:zusammen|gemeinsam) mit",
)
_FRENCH = (
    # Mails bring unsubscriptions, as do campaigns and sequences; nothing else is known to.
    f"desabonnee?s? (?:suite (?:a|au|aux)|a cause (?:de|d|du|des)){_NO_MAIL}",
    # No condition states what customers cannot or will not do.
    "(?:ne |n )?(?:peut|peuvent|pouvaient|veut|veulent|doit|doivent) (?:pas|plus|jamais|aucune?)",
    # What became of the order or the mail before.
    "(?:ne )?l(?:es)? (?:ont|a) (?:pas|jamais)(?: encore)? (?:recu|eu)(?:e|s|es)?",
    # Not the first orders of each customer.
    "(?:les |nos |des |de nos )?{n} premi(?:er|ere)s (?:client(?:e?s)|acheteu(?:rs|ses)"
    "|personnes|utilisateurs|utilisatrices)",
    "tou(?:te)?s sauf (?:une?|(?:les )?{n})",
    "pas (?:tou(?:te)?s|chacune?)(?: (?:des?|d|les|leurs|ses))* {n} derni(?:er|ere)s?",
    # A voucher is "un bon" alone.
    "(?:avec )?un bon (?:produit|article|client|avis|prix|service)",
    "(?:exactement|seulement|au plus|au maximum) {n} (?:de|des|d|parmi)",
    r"(?:au moins|au minimum) (?!une? ){n} (?:de|des|d|parmi)(?= \w+ (?:,|et|ou) )",
    "pas seulement|pas uniquement|pas que",
    r"(?:ne|n)(?= (?:(?!pas |plus |jamais |rien )\w+ ){{1,3}}(?:que|qu) (?!{n}))",
    "(?:que|qu) (?:des|du|de la|de l|de|d)",
    "(?:hors|sans compter|excepte|deduction faite|avant|moins)"
    " (?:de |d |des |les |la |le |l )?{cost}",
    "{cost} (?:non compris|exclus|non comptes|deduits)",
    r"(?:plus|moins|autant) (?:de |d |souvent )(?!{n})(?:\w+ ){{1,3}}(?:que|qu)"
    r" (?:de |d |des |du |la |le )?\w+",
    "ensemble avec|en meme temps que",
    "avec ou sans|sans ou avec",
    "sans (?:un |aucun )?compte(?: client)?",
    # "Ouvrir" without "compte" is about mails.
    "(?:ouvrir|ouvert|ouvertures?|cliquer?|clics?)(?! (?:d )?(?:un|leur) compte )"
    "(?: (?:de|d|du|des|sur|dans|une?|le|les|leurs?|nouveaux?))* comptes?",
    "comptes? (?:client )?ouvert(?= (?:en|le|ces|ce|cette|depuis|avant|apres|entre|hier) | ?$)",
    "(?:pas (?:encore )?)?confirme (?:leur |le |un )?compte",
    "tou(?:s|tes) les {n} {cal}",
    r"pas (?:\w+ )?(?:que|qu) (?:une (?:seule )?fois|{n})",
    "(?:les|l) (?:ont|a) (?:retourne|renvoye|rendu|rembourse|echange)(?:e|s|es)?",
    "(?:(?<= puis )|(?<= mais ))(?:retourne|renvoye|rendu|rembourse)(?:e|s|es)",
    "(?:ete|est|sont|etait|etaient) (?:retourne|renvoye|echange)(?:e|s|es)?",
    "(?:pas|non|jamais)(?: encore)?(?: ete)? (?:expedie|livre|paye|envoye|regle)(?:e|s|es)?"
    "(?! (?:a|en|au|aux|par|avec|dans|chez|via|vers|de|d|des|plus|moins|un|une|le|la|les) )",
    "(?:dans|au cours de|pendant|en) (?:le|la|l|un|une) (?:meme|seule?) {cal}",
    "(?:plus|moins|autant) (?:que|qu)(?! {n})",
    "guere|rarement|a peine|(?:presque|quasiment) (?:jamais|pas|rien|aucune?)",
    "(?:par|chaque) {cal}|par (?:client|personne|visite|article|produit|piece)",
    "(?:l|a l) unite",
)
_SCOPES = {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH}

# Seasons begin on different days for different people.
_SEASONS = {
    "en": "(?:(?:in|during|over|since|for) )?(?:(?:the|last|this) )?"
    "(?:spring|summer|autumn|fall|winter)(?: of)? {year}"
    "|(?:in|during|last|this|over)(?: the)? (?:spring|summer|autumn|fall|winter)",
    "de": "(?:(?:im|in|seit|vom|fur) )?(?:(?:letzte[nm]|diese[nm]|den|dem) )?"
    "(?:sommer|winter|herbst|fruhling|fruhjahr) {year}(?: / \\d\\d)?"
    "|(?:im|letzten|vergangenen|diesen|seit)(?: letzten| vergangenen| diesem)?"
    " (?:sommer|winter|herbst|fruhling|fruhjahr)",
    "fr": "(?:(?:en|au|du|cet|l|d|a l|de l|pendant l|durant l) )(?:ete|hiver|automne|printemps)"
    "(?: {year}| dernier)?|(?:hiver|automne|printemps) {year}",
}
# Verbs of refusal.
_REFUSALS = {
    "en": "refus(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|reject(?:s|ed|ing)?"
    "|oppos(?:e|es|ed)(?: to)?"
    "|avoid(?:s|ed|ing)?|stop(?:s|ped)?|quit|cease(?:s|d)?|skip(?:s|ped)?",
    "de": "abgelehnt|ablehn(?:en|t|te|ten)|lehn(?:en|t|te|ten)|verweiger(?:n|t|te|ten)"
    "|widersprochen|widersprechen|widerspricht|verzichte(?:n|t|te|ten)|vermeide(?:n|t)"
    "|meiden|aufgehort",
    "fr": "refus(?:e|es|er|ent|ant)|declin(?:e|es|er|ent)|rejet(?:e|es|er|te|tent)"
    "|evit(?:e|es|er|ent)|renonc(?:e|er|ent)(?: a)?|cess(?:e|er|ent)(?: de| d)?"
    "|arret(?:e|es|er|ent)(?: de| d)?|s oppos(?:e|ent)(?: a)?",
}
# Words that count or compare from something else; the name after them belongs to them.
_BESIDE = {
    "en": "(?:with)?in {n} {u} (?:of|after|from|before)(?! (?:now|today) )"
    "|(?:twice|thrice|half|{n} times) as \\w+ as",
    "de": "(?:in|innerhalb|binnen)(?: von)? {n} {u} (?:nach|vor|seit|ab)(?! heute )"
    "|(?:doppelt|dreifach|halb|einmal|zweimal|dreimal|{n} mal) so \\w+ wie",
    "fr": "(?:dans|en|sous) (?:les )?{n} {u} (?:suivant|apres|avant|precedant|qui suivent)"
    "|{n} fois (?:plus|moins) (?:\\w+ )?(?:que|qu)(?! \\d)",
}
# A gap after an event that the sentence does not name; it is no time before today.
_LATER = {
    "en": "(?:(?:not |no )?(?:more than|over|later than)|less than|under|at least|at most|up to)? ?"
    "(?:{n}|an?) {u} (?:later|afterwards|thereafter|after that)(?! than )",
    "de": "(?:(?:nicht )?(?:mehr als|uber)|weniger als|mindestens|fruhestens|hochstens"
    "|spatestens)? ?(?:{n}|eine?[nrms]?) {u} (?:spater|danach|darauf)(?! als )",
    "fr": "(?:(?:pas )?plus de|moins de|au moins|au plus)? ?(?:{n}|une?) {u} (?:plus tard|apres)"
    "(?= (?:et|mais|ou|ont|a|,) | ?$)",
}
# Words that deny the clause after them.
_UNLESS = {
    "en": "unless",
    "de": "es sei denn(?: ,)?(?: dass)?|ausser (?:wenn|falls)",
    "fr": "a moins (?:que|qu|de|d)|sauf (?:si|s)",
}
# Words for the time at which a clause holds; conditions can only express that it holds.
_MEANWHILE = {"en": "while|whilst", "de": "solange", "fr": "tant que|tandis que|pendant que"}


def unsayable(language: str) -> tuple[tuple[str, str], ...]:
    """Return (kind, pattern) of words that no condition can express, or that begin a clause."""
    scope = "|".join(_SCOPES[language]).replace("{cost}", _COSTS[language])
    return (
        ("scope", scope),
        ("beside", f"{_BESIDE[language]}|{_LATER[language]}"),
        ("season", _SEASONS[language]),
        ("refusal", _REFUSALS[language]),
        ("unless", _UNLESS[language]),
        ("meanwhile", _MEANWHILE[language]),
    )
