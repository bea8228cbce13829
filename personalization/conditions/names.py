"""Names of profiles and behaviour for merchants, by language (`conditions.registry.add_names`)."""

NAMES = {
    "en": {
        "lifestyle.weekend_share": "share of orders on weekends, weekend share",
        "lifestyle.evening_share": "evening share",
        "lifestyle.new_product_share": "share of new products",
        "lifestyle.gift_season_share": "gift season share",
        "lifestyle.regularity": "regularity",
        "personalization.engagement": "engagement, engagement score",
        "personalization.sessions_count": "number of sessions, sessions",
        "personalization.last_activity_at": "last activity, last active",
        "personalization.interest": "most interested in, favourite category",
        "personalization.brand": "favourite brand",
        # "Consent" alone may be any of four.
        "customer.accepts_marketing": """
            consent, consents, consented, given consent, gave consent, email consent, e-mail consent
        """,
        "newsletter": """
            consent, consents, consented, given consent, gave consent, email consent,
            e-mail consent, newsletter consent, consent to the newsletter
        """,
        "personalization.personalization_consent": """
            consent, consents, consented, given consent, gave consent, consent to personalization,
            consent to personalisation, consented to personalization, consented to personalisation,
            personalization consent, personalisation consent
        """,
        "personalization.tracking": """
            consent, consents, consented, given consent, gave consent, consent to tracking,
            consented to tracking, tracking consent
        """,
        "behaviors": "behaviours, behaviour",
        "behavior.search_query": "search query, searched for",
        "behavior.device=mobile": "mobile device, mobile phone, smartphone",
    },
    "de": {
        "lifestyle.weekend_share": "Anteil der Bestellungen am Wochenende, Wochenendanteil",
        "lifestyle.evening_share": "Abendanteil",
        "lifestyle.new_product_share": "Anteil neuer Produkte",
        "lifestyle.gift_season_share": "Anteil der Geschenkzeit",
        "lifestyle.regularity": "Regelmäßigkeit",
        "personalization.engagement": "Engagement, Engagement-Wert",
        "personalization.sessions_count": "Anzahl der Sitzungen, Sitzungen",
        "personalization.last_activity_at": "letzte Aktivität, zuletzt aktiv",
        "personalization.interest": "Lieblingskategorie, am meisten interessiert an",
        "personalization.brand": "Lieblingsmarke",
        # "Einwilligung" alone may be any of four.
        "customer.accepts_marketing": """
            Einwilligung, Einwilligungen, eingewilligt, Zustimmung, E-Mail-Einwilligung
        """,
        "newsletter": """
            Einwilligung, Einwilligungen, eingewilligt, Zustimmung, Newsletter-Einwilligung,
            E-Mail-Einwilligung
        """,
        "personalization.personalization_consent": """
            Einwilligung, Einwilligungen, eingewilligt, Zustimmung, Einwilligung in die
            Personalisierung, in die Personalisierung eingewilligt, der Personalisierung zugestimmt,
            Einwilligung zur Personalisierung, Zustimmung zur Personalisierung
        """,
        "personalization.tracking": """
            Einwilligung, Einwilligungen, eingewilligt, Zustimmung, Einwilligung ins Tracking,
            Einwilligung zum Tracking, Zustimmung zum Tracking, ins Tracking eingewilligt, dem
            Tracking zugestimmt, Tracking-Einwilligung
        """,
        "behaviors": "Verhalten, Verhaltensweisen",
        "behavior.search_query": "Suchanfrage, gesucht nach",
        "behavior.device=mobile": "Mobilgerät, Handy, Smartphone",
    },
    "fr": {
        "lifestyle.weekend_share": "part des commandes le week-end",
        "lifestyle.evening_share": "part des commandes le soir",
        "lifestyle.new_product_share": "part des nouveaux produits",
        "lifestyle.gift_season_share": "part de la saison des cadeaux",
        "lifestyle.regularity": "régularité",
        "personalization.engagement": "engagement, score d'engagement",
        "personalization.sessions_count": "nombre de sessions, sessions",
        "personalization.last_activity_at": "dernière activité, actif pour la dernière fois",
        "personalization.interest": "catégorie préférée",
        "personalization.brand": "marque préférée",
        # « Consentement » alone may be any of four.
        "customer.accepts_marketing": """
            consentement, consentements, consenti, donné leur consentement, donné son consentement
        """,
        "newsletter": """
            consentement, consentements, consenti, donné leur consentement, donné son consentement
        """,
        "personalization.personalization_consent": """
            consentement, consentements, consenti, donné leur consentement, donné son consentement,
            consentement à la personnalisation, consenti à la personnalisation
        """,
        "personalization.tracking": """
            consentement, consentements, consenti, donné leur consentement, donné son consentement,
            consentement au suivi, consenti au suivi
        """,
        "behaviors": "comportements, comportement",
        "behavior.search_query": "requête de recherche, a cherché",
        "behavior.device=mobile": "appareil mobile, téléphone portable, smartphone",
    },
}
