"""Merchants' words for mail and its outcomes, by language (`conditions.registry.add_names`)."""

from campaigns.conditions.suppression_names import NOT_SUPPRESSED, SUPPRESSED, SUPPRESSED_AT

# What merchants call the sequence of a segment.
SEQUENCES_OF_SEGMENTS = (
    *("{} sequence", "sequence {}", "{} series", "{} automation"),
    *("{}-Sequenz", "Sequenz {}", "{} Sequenz", "séquence {}"),
)
# Customers who may get no mail; the reader adds the plural of the last word.
_NO_MAIL = ", ".join(
    f"{may} {deed}"
    for may in ("cannot", "can not", "may not", "must not")
    for deed in (
        *("be mailed", "be emailed", "be e-mailed"),
        *(
            f"{get} {mail}"
            for get in ("get", "receive", "be sent")
            for mail in ("mail", "any mail", "email", "any email", "e-mail", "newsletter")
        ),
    )
)
_NO_MAIL_IN_GERMAN = ", ".join(
    f"{may} {deed}, {deed} {may}"
    for may in ("kann", "können", "darf", "dürfen")
    for deed in (
        *("nicht angeschrieben werden", "nicht angemailt werden"),
        *(
            f"{mail} {get}"
            for mail in ("keine Mail", "keine Mails", "keine E-Mail", "keine E-Mails")
            for get in ("bekommen", "erhalten")
        ),
        *("keinen Newsletter bekommen", "keinen Newsletter erhalten"),
    )
)
_NO_MAIL_IN_FRENCH = ", ".join(
    f"ne {may} pas recevoir {mail}, ne {may} recevoir aucun {one}"
    for may in ("peut", "peuvent", "doit", "doivent")
    for mail, one in (("d'e-mail", "e-mail"), ("d'email", "email"), ("de mail", "mail"))
)

_NOT_REACHABLE = ", ".join(
    (
        *("not mailable", "not reachable by mail", "not reachable by email"),
        *("cannot be reached by mail", "cannot be reached by email"),
        *(
            f"we {may} {mail}"
            for may in ("may not", "cannot", "can not", "must not", "are not allowed to")
            for mail in ("mail", "email", "e-mail", "send mail to", "send emails to", "write to")
        ),
    )
)
_NOT_REACHABLE_IN_GERMAN = """
    nicht anschreibbar, nicht per Mail erreichbar, per Mail nicht erreichbar, nicht per E-Mail
    erreichbar, per E-Mail nicht erreichbar, wir nicht anschreiben dürfen, wir keine Mails schicken
    dürfen
"""
_NOT_REACHABLE_IN_FRENCH = ", ".join(
    f"{no} {how}"
    for no in ("injoignable", "injoignables", "pas joignable", "pas joignables")
    for how in ("par e-mail", "par mail")
)

NAMES: dict[str, dict[str, str]] = {
    "en": {
        "mails": """
            mail, mails, email, e-mail, emails, e-mails, any mail, a mail, mailing, mailings,
            newsletters, newsletter, got a
            mail, got mail, got mails, mailed
        """,
        "mail.campaign": "campaign, campaigns, mail campaign, got the campaign, got campaign",
        "mail.sequence": "sequence, mail sequence",
        "mail.opened_at": """
            opening, opening a mail, opening an email, opening any mail, opening any email, opened,
            open,
            open a mail, open any mail, open mails, open an email, open any email, open emails,
            opened a mail, opened any mail, opened a mailing, opened mails, opened our mails, opened
            an email, opened any email, opened emails, opened our emails, opened a newsletter,
            opened the newsletter, opens, mail opens, email opens
        """,
        "mail.clicked_at": """
            clicking, clicking on, clicking a mail, clicking an email, clicking in a mail, clicking
            in an email, clicked, click, clicked a mail, clicked any mail, clicked in a mail,
            clicked on a mail, clicked a link, clicked an email, clicked any email, clicked emails,
            clicks, mail clicks, email clicks, clicks in mails, clicks in emails
        """,
        "mail.opens": "opens, mail opens, email opens, number of opens",
        "mail.clicks": """
            clicks, mail clicks, email clicks, clicks in mails, clicks in emails, number of clicks
        """,
        "mail.delivered_at": "mail delivered, mail was delivered",
        "mail.bounced_at": "bounced, bounce, bounces, mail bounced, email bounced, undeliverable",
        "mail.complained_at": """
            complained about spam, spam complaint, spam complaints, reported spam, reported as spam,
            marked as spam, marked one of our mails as spam, marked one of our emails as spam,
            reported us for spam, reported a mail as spam, flagged as spam, complained about a mail,
            complained of spam, marked our mails as spam, marked our emails as spam, marked a mail
            as spam, mark our mails as spam
        """,
        "mail.unsubscribed_at": """
            unsubscribed through, unsubscribed because of, unsubscribed due to, unsubscribe through,
            unsubscribe by, unsubscribe via,
            unsubscribed by a mail, unsubscribed from a mail, unsubscribed through a mail,
            unsubscribed via a mail, unsubscribed by an email, unsubscribed from an email,
            unsubscribed through an email, unsubscribed via an email
        """,
        "mailing.may_get": """
            may get mail, may get mails, may be sent mail, may be mailed, can get mail, can be
            mailed, can be emailed, mailable, we may mail, we can mail, we may email, we can email,
            we may send mail to, we can send mail to, reachable by mail, reachable by email,
            reachable by e-mail, can be reached by mail, can be reached by email
        """,
        "mailing.may_get=false": f"{_NO_MAIL}, {_NOT_REACHABLE}",
        "mail.step": "step",
        "mail.step=1": "first step",
        "mail.step=2": "second step",
        "mail.step=3": "third step",
        "mailing.suppressed": f"""
            suppressed, suppressed address, suppressed addresses, suppressed email address,
            suppressed email addresses, blocked address, blocked addresses, blocked email address,
            blocked email addresses, on the suppression list, on the block list, {SUPPRESSED["en"]}
        """,
        "mailing.suppressed=false": NOT_SUPPRESSED["en"],
        "mailing.suppressed_at": SUPPRESSED_AT["en"],
        "mailing.suppression_reason=complaint": "because of a complaint, after a complaint",
    },
    "de": {
        "mails": """
            Mail, Mails, E-Mail, E-Mails, eine Mail, Mailing, Mailings, Newsletter, Mail bekommen,
            Mails bekommen, angeschrieben
        """,
        "mail.campaign": "Kampagne, Kampagnen, die Kampagne, Mailkampagne",
        "mail.sequence": "Sequenz, Mailsequenz",
        "mail.opened_at": """
            Öffnen von, Öffnung von, Öffnen einer Mail, Öffnen einer E-Mail, Mail geöffnet, eine
            Mail geöffnet, geöffnet, E-Mail geöffnet, Newsletter geöffnet, Öffnungen,
            Mailöffnungen, Öffnungen von Mails
        """,
        "mail.clicked_at": """
            Klick, Klick auf, Klick in, Klicken einer Mail, Klick in einer Mail, Klick in einer
            E-Mail, geklickt, Mail geklickt, eine Mail geklickt, E-Mail geklickt, angeklickt, Mail
            angeklickt, eine Mail angeklickt, E-Mail angeklickt, Klicks, Mailklicks, Mail-Klicks,
            Klicks in Mails, Klicks in E-Mails
        """,
        "mail.opens": "Öffnungen, Mailöffnungen, Öffnungen von Mails, Anzahl der Öffnungen",
        "mail.clicks": """
            Klicks, Mailklicks, Mail-Klicks, Klicks in Mails, Klicks in E-Mails, Anzahl der Klicks
        """,
        "mail.delivered_at": "Mail zugestellt",
        "mail.bounced_at": "unzustellbar, unzustellbare Mail, Rückläufer, Bounce, Bounces",
        "mail.complained_at": """
            eine unserer Mails als Spam gemeldet, eine Mail als Spam gemeldet, eine unserer Mails
            als Spam markiert, eine Mail als Spam markiert, Spam-Beschwerde, Spam-Beschwerden,
            Spambeschwerde, Spambeschwerden, als Spam gemeldet, über Spam beschwert, als Spam
            markiert
        """,
        "mail.unsubscribed_at": """
            durch eine Mail abgemeldet, über eine Mail abgemeldet, durch eine E-Mail abgemeldet,
            über eine E-Mail abgemeldet
        """,
        "mailing.may_get": """
            darf Mail bekommen, dürfen Mail bekommen, dürfen Mails bekommen, darf angeschrieben
            werden, dürfen angeschrieben werden, anschreibbar, per Mail erreichbar, per E-Mail
            erreichbar, kann Mails bekommen, können Mails bekommen, können angeschrieben werden, wir
            anschreiben dürfen, wir Mails schicken dürfen
        """,
        "mailing.may_get=false": f"{_NO_MAIL_IN_GERMAN}, {_NOT_REACHABLE_IN_GERMAN}",
        "mail.step": "Schritt",
        "mail.step=1": "erster Schritt, ersten Schritt",
        "mail.step=2": "zweiter Schritt, zweiten Schritt",
        "mail.step=3": "dritter Schritt, dritten Schritt",
        "mailing.suppressed": f"""
            gesperrte Adresse, gesperrte Adressen, gesperrter Adresse, gesperrte E-Mail-Adresse,
            gesperrte E-Mail-Adressen, gesperrter E-Mail-Adresse, auf der Sperrliste,
            {SUPPRESSED["de"]}
        """,
        "mailing.suppressed=false": NOT_SUPPRESSED["de"],
        "mailing.suppressed_at": SUPPRESSED_AT["de"],
        "mailing.suppression_reason=complaint": "wegen einer Beschwerde, wegen Beschwerde",
    },
    "fr": {
        "mails": """
            mail, mails, e-mail, email, e-mails, emails, e-mails reçus, un e-mail, mailing,
            mailings, newsletter, newsletters, reçu un e-mail, reçu des e-mails
        """,
        "mail.campaign": "campagne, campagnes, reçu la campagne",
        "mail.sequence": "séquence",
        "mail.opened_at": """
            ouvrir, ouverture d'un e-mail, ouverture d'un mail, ouvert un e-mail,
            ont ouvert un e-mail,
            ouvert un mail, ouvert, ouvert des e-mails, ouvert la newsletter, ouvertures,
            ouvertures d'e-mails
        """,
        "mail.clicked_at": """
            clic dans un e-mail, cliqué, cliquer, clic, cliqué dans un e-mail, cliqué dans un mail,
            cliqué sur un e-mail, clics, clics dans les e-mails, clics dans des e-mails
        """,
        "mail.opens": "ouvertures, ouvertures d'e-mails, nombre d'ouvertures",
        "mail.clicks": "clics, clics dans les e-mails, clics dans des e-mails, nombre de clics",
        "mail.delivered_at": "e-mail remis",
        "mail.bounced_at": """
            en erreur, adresse en erreur, adresses en erreur, adresse e-mail en erreur, rebond,
            bounce, non délivrable
        """,
        "mail.complained_at": """
            plaints pour spam, plaints d'un spam, plaint d'un spam, plaints de spam, plaint de spam,
            signalé un de nos e-mails comme spam, marqué un de nos e-mails comme spam, signalé un
            e-mail comme spam, plainte pour spam, plaintes pour spam, signalé comme spam, signalé en
            spam, plaint pour spam, marqué comme spam, marqué nos mails comme spam, marqué nos
            e-mails comme spam, marqué un e-mail comme spam, marqué en spam
        """,
        "mail.unsubscribed_at": """
            désabonné par un e-mail, désabonnés par un e-mail, désabonnées par un e-mail, désabonné
            par un mail, désabonnés par un mail, désabonnés via un e-mail, désabonnés suite à un
            e-mail, désabonnés suite à, désabonné suite à, désabonnés à cause de
        """,
        "mailing.may_get": """
            peut recevoir des e-mails, peuvent recevoir des e-mails, joignable par e-mail,
            joignables par e-mail, joignable par mail, joignables par mail, peuvent être contactés
            par e-mail
        """,
        "mailing.may_get=false": f"{_NO_MAIL_IN_FRENCH}, {_NOT_REACHABLE_IN_FRENCH}",
        "mail.step": "étape",
        "mail.step=1": "première étape, 1re étape",
        "mail.step=2": "deuxième étape, seconde étape, 2e étape",
        "mail.step=3": "troisième étape, 3e étape",
        "mailing.suppressed": f"""
            adresses bloquées, adresses e-mail bloquées, e-mail bloqué, sur la liste de
            suppression, sur la liste d'exclusion, {SUPPRESSED["fr"]}
        """,
        "mailing.suppressed=false": NOT_SUPPRESSED["fr"],
        "mailing.suppressed_at": SUPPRESSED_AT["fr"],
        "mailing.suppression_reason=complaint": "à cause d'une plainte, suite à une plainte",
    },
}
