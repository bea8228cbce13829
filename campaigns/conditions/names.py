"""Merchants' words for mail and its outcomes, by language (`conditions.registry.add_names`)."""

NAMES: dict[str, dict[str, str]] = {
    "en": {
        "mails": """
            mail, mails, emails, any mail, a mail, mailing, mailings, got a mail, got mail, got
            mails
        """,
        "mail.campaign": "campaign, campaigns, mail campaign, got the campaign, got campaign",
        "mail.sequence": "sequence, mail sequence",
        "mail.opened_at": """
            opened, open, open a mail, open any mail, open mails, open an email, open any email,
            open emails, opened a mail, opened any mail, opened a mailing, opened mails,
            opened our mails, opened an email, opened any email, opened emails,
            opened our emails, opened a newsletter, opened the newsletter
        """,
        "mail.clicked_at": """
            clicked, click, clicked a mail, clicked any mail, clicked in a mail, clicked on a mail,
            clicked a link, clicked an email, clicked any email, clicked emails
        """,
        "mail.delivered_at": "mail delivered, mail was delivered",
        "mail.bounced_at": "bounced, bounce, bounces, mail bounced, email bounced, undeliverable",
        "mail.complained_at": """
            complained about spam, spam complaint, spam complaints, reported spam, reported as spam,
            marked as spam, complained about a mail, complained of spam, marked our mails as spam,
            marked our emails as spam, marked a mail as spam, mark our mails as spam
        """,
        "mail.unsubscribed_at": "unsubscribed by a mail, unsubscribed from a mail",
        "mailing.may_get": "may get mail, may be sent mail, can get mail, mailable",
        "mailing.suppressed": """
            suppressed, address is suppressed, suppressed address, suppressed addresses,
            blocked address, blocked addresses
        """,
    },
    "de": {
        "mails": """
            Mail, Mails, E-Mails, eine Mail, Mailing, Mailings, Mail bekommen, Mails bekommen
        """,
        "mail.campaign": "Kampagne, Kampagnen, die Kampagne, Mailkampagne",
        "mail.sequence": "Sequenz, Mailsequenz",
        "mail.opened_at": """
            Mail geöffnet, eine Mail geöffnet, geöffnet, E-Mail geöffnet, Newsletter geöffnet
        """,
        "mail.clicked_at": """
            geklickt, Mail geklickt, eine Mail geklickt, E-Mail geklickt, angeklickt
        """,
        "mail.delivered_at": "Mail zugestellt",
        "mail.bounced_at": "unzustellbar, unzustellbare Mail, Rückläufer, Bounce, Bounces",
        "mail.complained_at": """
            Spam-Beschwerde, Spam-Beschwerden, Spambeschwerde, Spambeschwerden, als Spam gemeldet,
            über Spam beschwert, als Spam markiert
        """,
        "mail.unsubscribed_at": "durch eine Mail abgemeldet",
        "mailing.may_get": "darf Mail bekommen, dürfen Mail bekommen, anschreibbar",
        "mailing.suppressed": "gesperrte Adresse, gesperrte Adressen, gesperrter Adresse",
    },
    "fr": {
        "mails": """
            mails, e-mails, e-mails reçus, un e-mail, mailing, mailings, reçu un e-mail, reçu des
            e-mails
        """,
        "mail.campaign": "campagne, campagnes, reçu la campagne",
        "mail.sequence": "séquence",
        "mail.opened_at": """
            ouvert un e-mail, ont ouvert un e-mail, ouvert un mail, ouvert, ouvert des e-mails,
            ouvert la newsletter
        """,
        "mail.clicked_at": """
            cliqué, cliquer, clic, cliqué dans un e-mail, cliqué dans un mail, cliqué sur un e-mail
        """,
        "mail.delivered_at": "e-mail remis",
        "mail.bounced_at": "adresse en erreur, adresses en erreur, rebond, bounce, non délivrable",
        "mail.complained_at": """
            plainte pour spam, plaintes pour spam, signalé comme spam, signalé en spam,
            plaint pour spam, marqué comme spam, marqué nos mails comme spam,
            marqué nos e-mails comme spam, marqué un e-mail comme spam, marqué en spam
        """,
        "mail.unsubscribed_at": """
            désabonné par un e-mail, désabonnés par un e-mail, désabonnées par un e-mail,
            désabonné par un mail, désabonnés par un mail, désabonnés via un e-mail,
            désabonnés suite à un e-mail
        """,
        "mailing.may_get": "peut recevoir des e-mails, peuvent recevoir des e-mails",
        "mailing.suppressed": "adresse bloquée, adresses bloquées",
    },
}
