"""Merchants' names of scores, by language (see `conditions.registry.add_names`)."""

NAMES = {
    "en": {
        "prediction.clv": """
            lifetime value, predicted lifetime value, customer lifetime value, clv, ltv,
            predicted value, expected value
        """,
        "prediction.churn_risk": "churn risk, risk of churn, churn probability, risk of leaving",
        "prediction.churn_risk_rise": "rise of the churn risk, churn risk rise, churn risk rose",
        "prediction.next_order_on": "next order, expected next order, next purchase",
        "prediction.expected_orders": "expected orders, expected number of orders",
        "prediction.expected_order_value": "expected order value",
        "prediction.value_band": "value band",
        "prediction.cluster": "cluster",
        "prediction.anomaly_score": "unusualness, anomaly score",
        "prediction.is_anomaly": "unusual, anomaly",
        "prediction.journey_stage": "journey stage, stage of the journey",
        "rfm.segment": "rfm segment",
    },
    "de": {
        "prediction.clv": """
            Kundenwert, vorhergesagter Kundenwert, erwarteter Kundenwert, Customer Lifetime Value,
            CLV
        """,
        "prediction.churn_risk": "Abwanderungsrisiko, Risiko der Abwanderung, Churn-Risiko",
        "prediction.next_order_on": "nächste Bestellung, erwartete nächste Bestellung",
        "prediction.expected_orders": "erwartete Bestellungen",
        "prediction.value_band": "Wertklasse",
        "prediction.cluster": "Cluster",
        "prediction.anomaly_score": "Auffälligkeit",
        "prediction.is_anomaly": "auffällig",
        "rfm.segment": "RFM-Segment",
    },
    "fr": {
        "prediction.clv": "valeur vie client, valeur vie, valeur client prédite, CLV",
        "prediction.churn_risk": "risque d'attrition, risque de départ, risque de perte",
        "prediction.next_order_on": "prochaine commande, prochaine commande attendue",
        "prediction.expected_orders": "commandes attendues",
        "prediction.value_band": "tranche de valeur",
        "prediction.cluster": "groupe",
        "prediction.anomaly_score": "singularité",
        "prediction.is_anomaly": "inhabituel",
        "rfm.segment": "segment RFM",
    },
}
