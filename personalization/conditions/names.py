"""What merchants call profiles and behaviour, by language (see `conditions.registry.add_names`)."""

NAMES = {
    "en": {
        "personalization.engagement": "engagement, engagement score",
        "personalization.sessions_count": "number of sessions, sessions",
        "personalization.last_activity_at": "last activity, last active",
        "personalization.interest": "most interested in, favourite category",
        "personalization.brand": "favourite brand",
        "personalization.tracking": "consent to tracking, tracking consent",
        "personalization.personalization_consent": "consent to personalization",
        "behaviors": "behaviours, behaviour",
        "behavior.search_query": "search query, searched for",
    },
    "de": {
        "personalization.engagement": "Engagement, Engagement-Wert",
        "personalization.sessions_count": "Anzahl der Sitzungen, Sitzungen",
        "personalization.last_activity_at": "letzte Aktivität, zuletzt aktiv",
        "personalization.interest": "Lieblingskategorie, am meisten interessiert an",
        "personalization.brand": "Lieblingsmarke",
        "personalization.tracking": "Einwilligung ins Tracking",
        "personalization.personalization_consent": "Einwilligung in die Personalisierung",
        "behaviors": "Verhalten, Verhaltensweisen",
        "behavior.search_query": "Suchanfrage, gesucht nach",
    },
    "fr": {
        "personalization.engagement": "engagement, score d'engagement",
        "personalization.sessions_count": "nombre de sessions, sessions",
        "personalization.last_activity_at": "dernière activité, actif pour la dernière fois",
        "personalization.interest": "catégorie préférée",
        "personalization.brand": "marque préférée",
        "personalization.tracking": "consentement au suivi",
        "personalization.personalization_consent": "consentement à la personnalisation",
        "behaviors": "comportements, comportement",
        "behavior.search_query": "requête de recherche, a cherché",
    },
}
