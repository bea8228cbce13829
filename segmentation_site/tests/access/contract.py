"""Who may call what, written down by hand from the contract of the API: not from the code."""

CONSENT = "customers.{}_consent"
PREVIEW = ("conditions.preview",)
SEGMENT = "segments.{}_segment"
SEE_MEMBERS, EXPORT = ("segments.view_members",), ("segments.export_members",)
REFRESH = ("segments.refresh_segment",)
VIEW, ADD, CHANGE, DELETE = ((SEGMENT.format(one),) for one in ("view", "add", "change", "delete"))
ERASE = ("customers.erase_customer",)
WEBHOOK = {one: (f"segments.{one}_webhookendpoint",) for one in ("view", "add", "change", "delete")}
LIST = {one: (f"segments.{one}_prioritylist",) for one in ("view", "add", "change", "delete")}
RULE = {one: (f"price_rules.{one}_cartpricerule",) for one in ("view", "add", "change", "delete")}
COUPONS, REDEEM = ("price_rules.generate_coupons",), ("price_rules.redeem_coupon",)
SCORES, TRAIN = ("predictions.view_scores",), ("predictions.train_model",)
WORTH = ("personalization.view_analytics",)
PROFILE = ("personalization.view_profile",)
DEPLOY, OPTIMIZE = ("predictions.deploy_model",), ("predictions.optimize",)
RECOMMEND = ("personalization.view_recommendations",)
PROMOTE = ("personalization.change_recommendationversion",)
OF_PROPERTIES = {
    one: (f"personalization.{one}_behaviorproperty",) for one in ("view", "add", "change", "delete")
}
OF_RULES = {
    one: (f"personalization.{one}_personalizationrule",)
    for one in ("view", "add", "change", "delete")
}
CAMPAIGN, TEMPLATE, SUPPRESSION, SENDER, SEQUENCE, SYNC = (
    {one: (f"campaigns.{one}_{model}",) for one in ("view", "add", "change", "delete")}
    for model in (
        *("campaign", "mailtemplate", "suppression", "mailsender"),
        *("sequence", "audiencesync"),
    )
)
SEND, TEST = ("campaigns.send_campaign",), ("campaigns.send_test",)
ALERT_CHANNEL = {
    one: (f"alerts.{one}_alertchannel",) for one in ("view", "add", "change", "delete")
}
SEE_ALERTS, RESOLVE = ("segments.view_alert",), ("segments.change_alert",)
SEE_COUPONS, EVALUATE = ("price_rules.view_coupon",), ("price_rules.evaluate",)

PLACEMENT, VARIANT, CONTENT, OFFER, EXPERIMENT = (
    {one: (f"personalization.{one}_{model}",) for one in ("view", "add", "change", "delete")}
    for model in ("placement", "experiencevariant", "contentitem", "offer", "experiment")
)

# Permissions by address and method; all of them are needed.
NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "segments/": {"GET": VIEW, "POST": ADD},
    "segments/{code}/": {"GET": VIEW, "PUT": CHANGE, "PATCH": CHANGE, "DELETE": DELETE},
    "segments/preview/": {"POST": PREVIEW},
    "segments/preview/explain/": {"POST": PREVIEW + SEE_MEMBERS},
    "segments/preview/{client}/": {"DELETE": PREVIEW},
    "segments/overlap/": {"POST": VIEW},
    "segments/{code}/lookalikes/": {"POST": SEE_MEMBERS},
    "segments/{code}/refresh/": {"POST": REFRESH},
    "segments/{code}/runs/": {"GET": VIEW},
    "runs/{number}/": {"GET": VIEW},
    "runs/{number}/cancel/": {"POST": REFRESH},
    "segments/{code}/members/": {"GET": SEE_MEMBERS},
    "segments/{code}/members.csv": {"GET": EXPORT},
    "segments/{code}/members.xml": {"GET": EXPORT},
    "segments/{code}/exports/": {"POST": EXPORT},
    "exports/": {"GET": EXPORT},
    "exports/{number}/": {"GET": EXPORT},
    "exports/{number}/cancel/": {"POST": EXPORT},
    "exports/files/{token}/": {"GET": EXPORT},
    "changes/": {"GET": SEE_MEMBERS},
    "segments/{code}/changes/": {"GET": SEE_MEMBERS},
    "segments/{code}/overrides/": {"GET": SEE_MEMBERS},
    "segments/{code}/overrides/{number}/": {"PUT": CHANGE, "DELETE": CHANGE},
    "segments/{code}/list/": {"PUT": CHANGE, "POST": CHANGE, "DELETE": CHANGE},
    "segments/{code}/versions/": {"GET": VIEW},
    "segments/{code}/versions/{number}/restore/": {"POST": CHANGE},
    "customers/{number}/segments/": {"GET": SEE_MEMBERS},
    "customers/{number}/segments/{code}/": {"GET": SEE_MEMBERS},
    "check/": {"POST": SEE_MEMBERS},
    "conditions/": {"GET": PREVIEW},
    "conditions/read/": {"POST": PREVIEW},
    "conditions/values/": {"GET": PREVIEW, "POST": PREVIEW},
    "conditions/values/counts/": {"POST": PREVIEW},
    "events/": {"POST": ("customers.send_events",)},
    "customers/{number}/consent/": {
        "GET": (CONSENT.format("view"),),
        "PUT": (CONSENT.format("change"),),
    },
    "customers/{number}/data/": {"GET": ("customers.export_customer",)},
    "customers/{number}/erase/": {"POST": ERASE},
    "erasures/{number}/": {"GET": ERASE},
    "alerts/": {"GET": SEE_ALERTS},
    "alerts/{number}/": {"GET": SEE_ALERTS},
    "alerts/{number}/resolve/": {"POST": RESOLVE},
    "alert-channels/": {"GET": ALERT_CHANNEL["view"], "POST": ALERT_CHANNEL["add"]},
    "alert-channels/{number}/": {
        "GET": ALERT_CHANNEL["view"],
        "PUT": ALERT_CHANNEL["change"],
        "PATCH": ALERT_CHANNEL["change"],
        "DELETE": ALERT_CHANNEL["delete"],
    },
    "alert-channels/{number}/test/": {"POST": ALERT_CHANNEL["change"]},
    "segments/{code}/alerts/": {"GET": SEE_ALERTS, "PUT": RESOLVE},
    "webhooks/": {"GET": WEBHOOK["view"], "POST": WEBHOOK["add"]},
    "webhooks/{number}/": {
        "GET": WEBHOOK["view"],
        "PUT": WEBHOOK["change"],
        "PATCH": WEBHOOK["change"],
        "DELETE": WEBHOOK["delete"],
    },
    "webhooks/{number}/secret/": {"POST": WEBHOOK["change"]},
    "webhooks/{number}/test/": {"POST": WEBHOOK["change"]},
    "webhooks/{number}/deliveries/": {"GET": WEBHOOK["view"]},
    "webhooks/{number}/deliveries/{message}/replay/": {"POST": WEBHOOK["change"]},
    "priority-lists/": {"GET": LIST["view"], "POST": LIST["add"]},
    "priority-lists/{code}/": {
        "GET": LIST["view"],
        "PUT": LIST["change"],
        "PATCH": LIST["change"],
        "DELETE": LIST["delete"],
    },
    "priority-lists/{code}/versions/": {"GET": LIST["view"]},
    "priority-lists/{code}/versions/{number}/restore/": {"POST": LIST["change"]},
    "cart-price-rules/": {"GET": RULE["view"], "POST": RULE["add"]},
    "cart-price-rules/{code}/": {
        "GET": RULE["view"],
        "PUT": RULE["change"],
        "PATCH": RULE["change"],
        "DELETE": RULE["delete"],
    },
    "cart-price-rules/{code}/versions/": {"GET": RULE["view"]},
    "cart-price-rules/{code}/versions/{number}/restore/": {"POST": RULE["change"]},
    "cart-price-rules/evaluate/": {"POST": EVALUATE},
    "cart-price-rules/satisfies/": {"POST": EVALUATE},
    "cart-price-rules/{code}/coupons/": {"POST": COUPONS},
    "cart-price-rules/{code}/coupons/{number}/": {"GET": COUPONS},
    "coupons/": {"GET": SEE_COUPONS},
    "coupons.csv": {"GET": SEE_COUPONS},
    "coupons/{code}/redeem/": {"POST": REDEEM},
    "coupons/{code}/redeem/{order}/": {"DELETE": REDEEM},
    "ml-engine/train/": {"POST": TRAIN},
    "ml-engine/runs/{number}/": {"GET": TRAIN},
    "ml-engine/runs/{number}/cancel/": {"POST": TRAIN},
    "ml-engine/models/": {"GET": SCORES},
    "ml-engine/models/{code}/": {"GET": SCORES},
    "ml-engine/models/{code}/versions/": {"GET": SCORES},
    "ml-engine/models/{code}/versions/{number}/": {"GET": SCORES},
    "ml-engine/predict/": {"POST": SCORES},
    "ml-engine/evaluate/": {"POST": TRAIN},
    "ml-engine/deploy/": {"PUT": DEPLOY},
    "ml-engine/rollback/": {"POST": DEPLOY},
    "ml-engine/monitoring/": {"GET": SCORES},
    "clv/predict/": {"POST": SCORES + SEE_MEMBERS},
    "clv/optimize/": {"POST": OPTIMIZE},
    "clv/calculate/{number}/": {"GET": SCORES + SEE_MEMBERS},
    "customers/{number}/predictions/": {"GET": SCORES + SEE_MEMBERS},
    "personalization/profile/{number}/": {"GET": PROFILE},
    "personalization/insights/{number}/": {"GET": PROFILE},
    "personalization/interests/": {"GET": PROFILE},
    "clv/analytics/": {"GET": SCORES},
    "clv/segments/": {"GET": SCORES},
    "personalization/track-behavior/": {"POST": ("personalization.track_behavior",)},
    "personalization/consent/{number}/": {
        "GET": (CONSENT.format("view"),),
        "PUT": (CONSENT.format("change"),),
    },
    "personalization/behavior-properties/": {
        "GET": OF_PROPERTIES["view"],
        "POST": OF_PROPERTIES["add"],
    },
    "personalization/behavior-properties/{key}/": {
        "GET": OF_PROPERTIES["view"],
        "PUT": OF_PROPERTIES["change"],
        "PATCH": OF_PROPERTIES["change"],
        "DELETE": OF_PROPERTIES["delete"],
    },
    "personalization/recommendations/": {"GET": RECOMMEND, "POST": RECOMMEND},
    "personalization/recommendations/rules/": {"GET": OF_RULES["view"], "POST": OF_RULES["add"]},
    "personalization/recommendations/rules/{code}/": {
        "GET": OF_RULES["view"],
        "PUT": OF_RULES["change"],
        "PATCH": OF_RULES["change"],
        "DELETE": OF_RULES["delete"],
    },
    "personalization/recommendations/rules/{code}/versions/": {"GET": OF_RULES["view"]},
    "personalization/recommendations/rules/{code}/versions/{number}/restore/": {
        "POST": OF_RULES["change"],
    },
    "personalization/models/": {"GET": RECOMMEND},
    "personalization/models/{number}/promote/": {"POST": PROMOTE},
    "personalization/models/rollback/": {"POST": PROMOTE},
    "personalization/experience/": {"POST": ("personalization.serve_experience",)},
    "personalization/placements/": {"GET": PLACEMENT["view"], "POST": PLACEMENT["add"]},
    "personalization/placements/{code}/": {
        "GET": PLACEMENT["view"],
        "PUT": PLACEMENT["change"],
        "PATCH": PLACEMENT["change"],
        "DELETE": PLACEMENT["delete"],
    },
    "personalization/placements/{code}/variants/": {
        "GET": VARIANT["view"],
        "POST": VARIANT["add"],
    },
    "personalization/placements/{code}/variants/{variant}/": {
        "GET": VARIANT["view"],
        "PUT": VARIANT["change"],
        "PATCH": VARIANT["change"],
        "DELETE": VARIANT["delete"],
    },
    "personalization/analytics/": {"GET": WORTH},
    "personalization/attribution/": {"GET": WORTH},
    "personalization/conversions/": {"GET": WORTH},
    "personalization/conversions.csv": {"GET": WORTH},
    "personalization/content/": {"GET": CONTENT["view"], "POST": CONTENT["add"]},
    "personalization/content/{code}/": {
        "GET": CONTENT["view"],
        "PUT": CONTENT["change"],
        "PATCH": CONTENT["change"],
        "DELETE": CONTENT["delete"],
    },
    "personalization/experiments/": {"GET": EXPERIMENT["view"], "POST": EXPERIMENT["add"]},
    "personalization/experiments/power/": {"POST": EXPERIMENT["view"]},
    "personalization/experiments/results/": {"GET": EXPERIMENT["view"]},
    "personalization/experiments/{code}/": {
        "GET": EXPERIMENT["view"],
        "PUT": EXPERIMENT["change"],
        "PATCH": EXPERIMENT["change"],
        "DELETE": EXPERIMENT["delete"],
    },
    "personalization/experiments/{code}/results/": {"GET": EXPERIMENT["view"]},
    "personalization/experiments/{code}/results.csv": {"GET": EXPERIMENT["view"]},
    "personalization/experiments/{code}/start/": {"POST": ("personalization.start_experiment",)},
    "personalization/experiments/{code}/stop/": {"POST": ("personalization.stop_experiment",)},
    "personalization/offers/": {"GET": OFFER["view"], "POST": OFFER["add"]},
    "personalization/offers/evaluate/": {"POST": ("personalization.serve_experience",)},
    "personalization/offers/{code}/": {
        "GET": OFFER["view"],
        "PUT": OFFER["change"],
        "PATCH": OFFER["change"],
        "DELETE": OFFER["delete"],
    },
    "personalization/offers/{code}/redeem/": {"POST": ("personalization.redeem_offer",)},
    "mail-templates/": {"GET": TEMPLATE["view"], "POST": TEMPLATE["add"]},
    "mail-templates/{code}/": {
        "GET": TEMPLATE["view"],
        "PUT": TEMPLATE["change"],
        "PATCH": TEMPLATE["change"],
        "DELETE": TEMPLATE["delete"],
    },
    "mail-templates/{code}/versions/": {"GET": TEMPLATE["view"]},
    "mail-templates/{code}/versions/{number}/restore/": {"POST": TEMPLATE["change"]},
    "mail-templates/{code}/preview/": {"POST": TEMPLATE["view"]},
    "mail-templates/{code}/test/": {"POST": TEST},
    "campaigns/": {"GET": CAMPAIGN["view"], "POST": CAMPAIGN["add"]},
    "campaigns/{code}/": {
        "GET": CAMPAIGN["view"],
        "PUT": CAMPAIGN["change"],
        "PATCH": CAMPAIGN["change"],
        "DELETE": CAMPAIGN["delete"],
    },
    "campaigns/{code}/audience/": {"POST": CAMPAIGN["view"]},
    **{
        f"campaigns/{{code}}/{deed}/": {"POST": SEND}
        for deed in ("send", "pause", "resume", "cancel")
    },
    "campaigns/{code}/report/": {"GET": CAMPAIGN["view"]},
    "sequences/": {"GET": SEQUENCE["view"], "POST": SEQUENCE["add"]},
    "sequences/{number}/": {
        "GET": SEQUENCE["view"],
        "PUT": SEQUENCE["change"],
        "PATCH": SEQUENCE["change"],
        "DELETE": SEQUENCE["delete"],
    },
    **{
        f"sequences/{{number}}/{deed}/": {"POST": (*SEQUENCE["change"], *SEND)}
        for deed in ("start-for-members", "resume")
    },
    "sequences/{number}/report/": {"GET": SEQUENCE["view"]},
    "messages/": {"GET": ("campaigns.view_message",)},
    "messages/{number}/resolve/": {"POST": ("campaigns.resolve_uncertain",)},
    "suppressions/": {"GET": SUPPRESSION["view"], "POST": SUPPRESSION["add"]},
    "suppressions/{number}/lift/": {"POST": SUPPRESSION["delete"]},
    "segments/{code}/mail/": {"GET": (*VIEW, *CAMPAIGN["view"])},
    "audience-syncs/": {"GET": SYNC["view"], "POST": SYNC["add"]},
    "audience-syncs/{number}/": {
        "GET": SYNC["view"],
        "PUT": SYNC["change"],
        "PATCH": SYNC["change"],
        "DELETE": SYNC["delete"],
    },
    "audience-syncs/{number}/run/": {"POST": SYNC["change"]},
    "audience-syncs/{number}/members/": {"GET": SYNC["view"] + SEE_MEMBERS},
    "mail-senders/": {"GET": SENDER["view"]},
    "mail-senders/{store}/": {"GET": SENDER["view"], "PUT": SENDER["change"]},
}
# What anybody may read.
OPEN = {"schema/", "docs/"}
# What anybody may send from the pages of a storefront, without being told anything.
FROM_STOREFRONTS = {"personalization/collect/"}
# What is signed, and is not there where nobody has said by which secret.
SIGNED = {"mail/events/"}
# Whose number, or random address, is of one person alone.
OWN = {"exports/", "exports/{number}/", "exports/{number}/cancel/", "exports/files/{token}/"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
