"""What was decided of each column and each address.

A new column belongs into its model's `personal` or into `OPEN`, a new address into one of the
tables below; the tests fail until it is. The tabs of segments and customers, also those of other
apps, are decided where they are registered: an app runs these tests with it installed, as
`tests/loyalty` does.
"""

from django.apps import apps

from core.access.personal import PERMISSION, Kind
from customers.admin.tabs import CUSTOMER_TABS
from segments.admin.tabs import SEGMENT_TABS

APPS = (
    *("customers", "conditions", "segments", "price_rules"),
    *("predictions", "personalization", "campaigns", "shops"),
    "alerts",
    *(("login",) if apps.is_installed("login") else ()),
)
# Columns that say nothing which anybody is known by: numbers, codes, dates of deeds, amounts; and
# what the shop's own people write (names of segments, reasons).
OPEN = {
    "customers.ApiToken": (
        "id user name key_hash beginning created_at expires_at revoked_at last_used_at"
    ),
    "customers.ApiToken_permissions": "id apitoken permission",
    "customers.UserWebsite": "id website user",
    "customers.GroupWebsite": "id website group",
    "customers.TokenWebsite": "id website token",
    "customers.AuditEntry": "id at user username action subject name before after",
    "customers.KeptContext": "id kind key context at",
    "customers.WorkTiming": "id kind seconds",
    "customers.Process": "name role host pid version revision seen_at ended_at queues slots busy",
    "customers.KeptResponse": "id call request path status headers body permissions at",
    "customers.Category": "id code name parent",
    "customers.Product": "id sku sku_folded name name_folded product_type price created_at",
    "customers.ProductCategory": "id product category",
    "customers.ProductAttribute": "id code label type options",
    "customers.ProductAttributeValue": (
        "id text text_folded number date choice boolean product attribute"
    ),
    "shops.ShopSource": (
        "id name prefix first_import_at last_import_at segments last_sync_at sync_error"
    ),
    "shops.SourceRow": "id source kind row status_changed_at",
    "shops.SyncState": "id source kind since pass_since pass_started_at cursor",
    # A problem quotes its own cell, to whoever uploaded the file and may import it; with the file
    # it is deleted after a day.
    "shops.ShopImport": (
        "id outcome phase done total created_at started_at finished_at error owner fencing "
        "heartbeat_at lease_expires_at cancel_requested_at attempts not_before woken_at "
        "requested_by language source files folder answers is_started report problems problem_count"
    ),
    "customers.Snapshot": "id location began_at as_of finished_at rows bytes",
    "customers.Website": "id code name timezone",
    "customers.StorefrontOrigin": "id origin created_at",
    "customers.Store": "id code name website",
    "customers.CustomerGroup": "id code name",
    "customers.Customer": (
        "id external_id external_id_folded kind group website store registered_at is_active "
        "accepts_marketing refused_marketing_at is_refusal_of_file"
    ),
    "customers.CustomerTag": "id customer tag",
    # Whoever may see consent sees what it rests on.
    "customers.Consent": "id customer purpose state source at evidence",
    "customers.ErasedNumber": "id hash erasure",
    # Whom it is about is shown nowhere, and forgotten when it is done.
    "customers.Erasure": (
        "id person orders requested_by requested_at rows_erased_at completed_at failed_at next_at "
        "tables remaining"
    ),
    "customers.ReceivedEvent": "id hash at content happened_at",
    "customers.EventVersion": "id kind key detail occurred_at",
    "customers.CustomerAttribute": "id code label type options",
    "customers.CustomerAttributeValue": "id customer attribute",
    "customers.Address": (
        "id customer country country_folded is_default_billing is_default_shipping"
    ),
    "customers.Login": "id customer logged_in_at occurrence",
    "customers.Cart": (
        "id external_id customer store is_active created_at updated_at items_count items_quantity "
        "subtotal grand_total coupon_code coupon_code_folded"
    ),
    "customers.AppliedRule": "id cart rule",
    "customers.CartItem": (
        "id cart line parent product sku sku_folded name name_folded product_type quantity price "
        "row_total added_at updated_at"
    ),
    "customers.DirtyCustomer": (
        "id customer_id segment_id source_table source_columns reason external_id is_rolled_up at"
    ),
    "customers.UncheckedText": "id table row_id",
    "customers.StoredFolding": "id version",
    "customers.CustomerMerge": "id guest_external_id customer at refused_marketing_at",
    "customers.NewsletterSubscription": "id customer store status status_changed_at",
    "customers.Order": (
        "id number number_folded customer store state status created_at updated_at currency "
        "base_to_order_rate total_quantity lines_count subtotal tax_amount shipping_amount "
        "discount_amount grand_total payment_method shipping_method shipping_method_folded "
        "coupon_code coupon_code_folded used_coupon_folded shipping_country "
        "shipping_country_folded billing_country billing_country_folded"
    ),
    "customers.OrderItem": (
        "id order line parent product sku sku_folded name name_folded product_type quantity price "
        "row_total row_total_incl_tax discount_amount"
    ),
    "customers.Refund": "id number order customer created_at amount",
    "customers.RefundItem": (
        "id refund line product sku sku_folded name name_folded product_type quantity row_total"
    ),
    "customers.ProductView": "id customer product viewed_at occurrence",
    "customers.CustomerRollup": (
        "customer complete website_id is_active kind sales number_of_orders refunds "
        "refunds_of_sales distinct_products quantity orders first_order_at last_order_at "
        "last_login_at views last_viewed_at wished_products last_wished_at"
    ),
    "customers.Wishlist": "id customer is_shared",
    "customers.WishlistItem": "id wishlist product added_at",
    "conditions.Condition": "id",
    "segments.BatchCustomer": "customer_id reason external_id",
    "segments.RefreshRun": (
        "id segment outcome phase done total entered left version as_of requested_by created_at "
        "started_at finished_at error is_definition_invalid engine owner fencing heartbeat_at "
        "lease_expires_at cancel_requested_at attempts not_before woken_at"
    ),
    "segments.RefreshShard": (
        "id run first_id last_id as_of version fencing lease_expires_at finished_at"
    ),
    "segments.WantedMember": "run_id customer_id",
    "segments.ChangedSinceSnapshot": "id customer_id at",
    "segments.Stay": "id segment customer entered_at left_at is_stay",
    "segments.FoundCustomer": "customer_id",
    "segments.LaterCustomer": "customer_id",
    "segments.OwedRefresh": "id segment run_id reason",
    "segments.Segment_websites": "id segment website",
    "segments.Segment_customer_groups": "id segment customergroup",
    "segments.Segment": (
        "id code name name_folded description conditions applies_to refresh_mode is_active "
        "priority version members_count members_version refreshed_at as_of follows_clock "
        "compares_customers refresh_schedule failures_count quarantined_at quarantine_reason "
        "created_at updated_at created_by batch_seconds batch_version measured_at worked_in_at"
    ),
    "segments.SavedFilter": "id user name query",
    "segments.SegmentTag": "id segment tag tag_folded",
    "segments.SegmentVersion": "id segment number definition author program created_at",
    "segments.ManagedSegment": "id segment project version protect",
    "segments.PriorityList": "id code name name_folded segments version created_at updated_at",
    "segments.PriorityListVersion": "id priority_list number definition author created_at",
    "segments.MembershipChange": (
        "sequence segment customer_id customer_external_id kind reason at run"
    ),
    "segments.SegmentSize": "id segment day members_count entered left",
    "segments.Export": (
        "id format columns target raw bom outcome phase done total created_at started_at "
        "finished_at error owner fencing heartbeat_at lease_expires_at cancel_requested_at "
        "attempts not_before woken_at segment requested_by audit since without_private "
        "websites rows left_out cursor size sha256 file token expires_at scheduled"
    ),
    "segments.ScheduledExport": (
        "id name segment responsible format columns target raw bom schedule is_delta destination "
        "folder is_active created_at cursor begun_at brought_at error version"
    ),
    "segments.ExportAudit": (
        "id user username at segment_code format columns target since raw rows left_out"
    ),
    "segments.WebhookEndpoint": (
        "id name url secret all_segments sends_entered sends_left topics websites is_active "
        "created_at created_by cursor delivered_at failing_since disabled_reason fencing "
        "lease_expires_at not_before woken_at version"
    ),
    "segments.WebhookEndpoint_segments": "id webhookendpoint segment",
    "segments.WebhookDelivery": (
        "id endpoint message_id is_test topic sequences state attempts status_code error "
        "created_at attempted_at"
    ),
    "segments.MembershipOverride": "id segment customer kind reason author created_at",
    "segments.Membership": "segment customer entered_at",
    "segments.ListedCustomer": "id segment customer",
    "segments.Worker": "name seen_at",
    "segments.Watermark": "name at number",
    # Sums of customers, of nobody in particular.
    "alerts.Alert": (
        "id key kind segment at state size expected low high cause also details ended_at "
        "resolved_at resolved_by"
    ),
    "alerts.MutedSegment": "segment until",
    # The addresses are those of users.
    "alerts.AlertChannel": (
        "id name kind addresses url secret kinds segments digest is_active created_at created_by "
        "delivered_at error lease_expires_at version"
    ),
    "alerts.AlertMessage": (
        "id channel alert event state message_id attempts reached created_at not_before tried_at "
        "sent_at"
    ),
    "alerts.JudgedSize": "id segment day members at is_alarm",
    "alerts.NoticedImport": "id at",
    "segments.KeptTotals": "name at scopes overlaps",
    "price_rules.CartPriceRule": (
        "id code name name_folded label description is_active websites customer_groups starts_on "
        "ends_on priority stop_further_rules segments conditions items coupon coupon_code "
        "uses_total uses_per_customer action value max_quantity max_quantity_exact buy get "
        "min_subtotal max_discount free_shipping version created_at updated_at"
    ),
    "price_rules.CartPriceRuleVersion": "id rule number definition author created_at",
    "price_rules.CouponBatch": (
        "id rule count prefix length alphabet uses expires_at author created_at completed_at"
    ),
    "price_rules.Coupon": (
        "id rule batch code code_folded customer uses expires_at created_at issuer"
    ),
    "price_rules.Reservation": "id coupon order customer expires_at",
    "campaigns.MailSender": (
        "id store from_name from_email reply_to postal_address logo_url main_color "
        "button_text_color is_default version"
    ),
    "campaigns.MailTemplate": (
        "id code name name_folded subject preheader html text format version created_at updated_at"
    ),
    "campaigns.MailTemplateVersion": "id template number definition author created_at",
    "campaigns.Campaign": (
        "id code name name_folded template frozen_template segments match exclude_segments stores "
        "send_at send_time coupon_rule respects_holdout experiment test_share decide_after_hours "
        "optimize_for decision state pause_reason "
        "refused_in_row audience eligible held_back eligible_at opened clicked frozen_at "
        "finished_at version created_at updated_at"
    ),
    "campaigns.CampaignVariant": "id campaign code template_version subject",
    "campaigns.Sequence": (
        "id segment segment_code trigger is_active reentry reentry_days max_sends "
        "on_definition_change send_time stop_on_order active_after silent_run silent_since "
        "pause_reason refused_in_row starting_at starting_after started_members opened clicked "
        "version created_at updated_at"
    ),
    "campaigns.Step": (
        "id sequence number delay_minutes template coupon_rule coupon_days coupon_prefix is_active"
    ),
    "campaigns.Run": ("id sequence customer change state reason started_at ended_at purged_sends"),
    "campaigns.SequenceCursor": "id number",
    "campaigns.Message": (
        "id kind campaign sequence run step of_step customer store address_hash state reason reply "
        "attempts due_at is_timed claimed_at "
        "lease_until sent_at message_id token_hash template variant variant_folded in_test coupon "
        "external_id external_campaign external_sequence delivered_at bounced_at "
        "complained_at unsubscribed_at opened_at opens person_opened_at clicked_at clicks"
    ),
    # Nobody reads from a hash whose address it is.
    "campaigns.Suppression": "id address_hash reason at refused_at",
    "campaigns.HeldOut": "id campaign customer",
    "campaigns.Pace": "id",
    "campaigns.ReportedEvent": "id hash at",
    "campaigns.SoftBounce": "id address_hash at",
    "campaigns.HandOver": "id at",
    "campaigns.AudienceSync": (
        "id segment target list key_variable is_active cursor round_after round_at filled_at "
        "ran_at error failures not_before fencing lease_expires_at woken_at key_hash version "
        "created_at"
    ),
    # What a program calls somebody is no address, and is shown nowhere.
    "campaigns.SyncMember": (
        "id sync customer address_hash remote_id state digest error attempts not_before changed_at "
        "told_unsubscribed_at"
    ),
    "predictions.PredictionModel": (
        "id code kind is_active retrain deployed as_of scored_at customers_scored limits run "
        "is_owed retrain_on_alarm auto_deploy"
    ),
    "predictions.ModelVersion": (
        "id model number state gate as_of segment parameters fitted metrics warnings data_hash "
        "libraries artifact artifact_sha256 bins created_at created_by"
    ),
    "predictions.DriftReading": "id version at psi status features concept labels",
    "predictions.Notice": "id model day kind",
    "predictions.ClusterName": "id model label name",
    "predictions.Deployment": "id model version at by reason rolled_back_at",
    "predictions.Evaluation": "id version as_of metrics gate at by",
    "predictions.TrainingRun": (
        "id outcome phase done total created_at started_at finished_at error owner fencing "
        "heartbeat_at lease_expires_at cancel_requested_at attempts not_before woken_at model "
        "as_of parameters segment deploys requested_by error_code version"
    ),
    "predictions.ScoringRun": (
        "id codes versions as_of state started_at seen_at finished_at counts problems "
        "marked_customers shards_count overview"
    ),
    "predictions.ScoringShard": (
        "id run after until found is_ready is_done holder seen_at counts marked_customers"
    ),
    "predictions.RiskHistory": "id customer at churn_risk version",
    "predictions.UpliftScore": "id customer model uplift as_of version",
    "predictions.CustomerPrediction": (
        "customer recency_score frequency_score monetary_score rfm_segment orders_trend gap_days "
        "overdue_ratio discount_share refund_share favourite_weekday favourite_hour rfm_as_of "
        "rfm_version journey_stage journey_as_of journey_version clv expected_orders "
        "expected_order_value probability_alive clv_top_percent value_band clv_model clv_as_of "
        "clv_version churn_risk churn_risk_rise churn_as_of churn_version next_order_on "
        "next_order_from next_order_to next_order_as_of next_order_version anomaly_score "
        "is_anomaly anomaly_as_of anomaly_version cluster clusters_as_of clusters_version "
        "retail_cluster retail_clusters_as_of retail_clusters_version"
    ),
    "predictions.WaitingCustomer": "customer_id at",
    # Sums of customers, of nobody in particular.
    "predictions.Benchmark": "id metric period source value imported_at",
    "predictions.AnalyticsTable": "id view parameters as_of version data",
    "predictions.TouchCampaign": "id code name channel cost starts_at ends_at",
    "predictions.Touch": "id customer campaign at group external_id",
    "personalization.BehaviorEvent": (
        "id customer behavior_type key occurred_at received_at channel sku_folded"
    ),
    "personalization.BehaviorProperty": (
        "id key label type options types version created_at updated_at"
    ),
    "personalization.FactDetails": "id customer behavior_type occurred_at sku channel",
    # The secret is shown once, by a command.
    "personalization.TrackingSite": "id website key secret created_at",
    "predictions.Strategy": "id name strategy values result result_at created_at created_by",
    "personalization.CustomerProfile": (
        "customer engagement_level sessions_count last_activity_at due_at weekend_share "
        "evening_share new_product_share gift_season_share regularity updated_at"
    ),
    "personalization.CustomerValueShare": "id customer code share",
    "personalization.CustomerInterest": "id customer category place",
    "personalization.CustomerBrand": "id customer brand place",
    "personalization.WaitingProfile": "customer_id at",
    # Sums of customers, of nobody in particular.
    "personalization.InterestShare": "id subject code share",
    "personalization.HourShare": "id website hour share",
    "personalization.ProfileUpkeep": "id shares_as_of owed written",
    "personalization.Placement": (
        "id code page_type website default_content selection goals explore is_active version "
        "created_at updated_at"
    ),
    "personalization.ExperienceVariant": (
        "id placement code audience context live priority starts_at ends_at is_active content "
        "version created_at updated_at"
    ),
    "personalization.ContentItem": (
        "id code type categories months published_at expires_at body recent_clicks version"
    ),
    "personalization.PlacementsStamp": "id stamp",
    "personalization.Offer": (
        "id code kind value audience priority starts_at ends_at budget max_per_customer min_margin "
        "legal_basis categories products brands named_share brands_share shares_as_of is_active "
        "settled version created_at updated_at"
    ),
    "personalization.Experiment": (
        "id code name hypothesis placement salt traffic variants audience primary_metric metrics "
        "window_days alpha method planned_size winsorize mode reward reward_hours floor "
        "batch_hours planned_batches on_winner state started_at stopped_at lifts version "
        "created_at updated_at"
    ),
    "personalization.BanditBatch": "id experiment number start weights successes units winner",
    "personalization.AnnouncedOrder": "order_id announces_attribution",
    # The export of a customer has what each order is credited to.
    "personalization.AttributedConversion": (
        "id order_id number customer customer_number at revenue model contribution touches "
        "placements lift revision attributed_at"
    ),
    "personalization.WaitingConversion": "customer_id at",
    "personalization.Recalculation": "customer behavior_type significance at",
    "personalization.ExploredExposure": (
        "id element variant customer at has_clicked has_converted"
    ),
    # Who got which variant is told with all that is known of them, and in their profile.
    "personalization.Assignment": "id experiment customer variant arm assigned_at segments",
    # Who redeemed what is told with all that is known of them, and nowhere else.
    "personalization.OfferRedemption": (
        "id offer code order customer amount redeemed_at returned_at"
    ),
    # What somebody was shown is told with all that is known of them, and nowhere else.
    "personalization.Exposure": (
        "id served_id element variant experiment shows_default withheld customer at why page_type"
        " holdout goals items device traffic_source"
    ),
    "personalization.HoldoutChange": "number basis_points at",
    "personalization.EngagementMetric": ("id website day customers sessions activities score"),
    "personalization.ExposureCount": "id element variant day shown deadlines",
    "personalization.VariantCounter": "id element variant exposures conversions counted_at",
    "segments.RunningPreview": "id user client seq ended pid server touched_at",
    # Of nobody in particular: arrays of SKUs, and how good they are.
    "personalization.RecommendationFit": (
        "id as_of created_at customers skus content sha256 popular"
    ),
    "personalization.RecommendationVersion": "id number fit algorithm wish scope figures gate",
    "personalization.RecommendationPromotion": "id version at by reason rolled_back_at",
    "personalization.RecommendationUse": "id fit",
    "personalization.ListInUse": "id wish scope version is_below",
    # Of nobody in particular: weights of a network over products.
    "personalization.SequenceFit": (
        "id as_of started_at finished_at lease_expires_at cancel_requested_at stale_at content "
        "sha256 figures"
    ),
    # What would be recommended is listed with all that is known of them, and in lists.
    "personalization.StoredCandidates": "id fit customer wish items",
    "personalization.PersonalizationRule": (
        "id code name is_active website contexts starts_at ends_at audience priority exclude "
        "bought_recently_days brands categories min_margin max_per_category again_share "
        "prefer_high_margin respect_brand_preferences version created_at updated_at"
    ),
    "personalization.PersonalizationRuleVersion": "id rule number definition author created_at",
    # Of users, shown to nobody else; keys and hashes are shown to nobody.
    "login.Identity": "id user issuer subject created_at used_at",
    "login.Factor": "id user kind name secret credential counter created_at used_at",
    "login.SamlRequest": "id request_id created_at answered_at claims",
}

# Columns that are called as if they could name a customer, and do not.
NAMES_NO_CUSTOMER = {
    "auth.User.email",
    "axes.AccessAttempt.ip_address",
    "price_rules.CartPriceRule.customer_groups",
    "alerts.AlertChannel.addresses",
    # The shop's own.
    *("campaigns.MailSender.from_email", "campaigns.MailSender.postal_address"),
    # A hash of it.
    *("campaigns.Suppression.address_hash", "campaigns.SoftBounce.address_hash"),
}

# What an address shows at most -----------------------------------------------------------------
# All that is personal, to those with the permission; to the others nothing of it.
PERSONAL = {
    *(f"admin:customers_customer_{page}" for page in ("changelist", "add", "change")),
    *(f"admin:customers_customer_{page}" for page in ("export", "import", "process_import")),
    # Their head names the customer.
    *(f"admin:customers_customer_{tab.name}" for tab in CUSTOMER_TABS),
    *("admin:customers_order_change", "admin:search"),
    "api:customer-data",
    "api:customer-in-segment",
    "api:personalization-profile",
    # The mail in the browser, to whoever has its link.
    "mail:view",
    *("api:messages", "api:message-resolve", "admin:campaigns_message_change"),
    *("api:audience-sync-members", "admin:campaigns_audiencesync_change"),
    "api:mail-template-preview",
    # A campaign's mail as its first recipient gets it.
    *("admin:campaigns_campaign_send", "admin:campaigns_campaign_mail"),
    *(f"admin:campaigns_campaign_{page}" for page in ("left_out", "recipients")),
    # Whom a mail may be looked at as.
    *(f"admin:campaigns_mailtemplate_{page}" for page in ("add", "change")),
}
# E-mail and name, to those who may see or export members; more with the permission only.
NAMES = {
    "admin:segments_segment_export",
    *(f"admin:segments_segment_{page}" for page in ("add", "change")),  # their preview
    *(f"api:{name}" for name in ("members", "members-csv", "members-xml", "export-file")),
    "api:preview",
    *("api:preview-explain", "api:campaign-audience"),
    "admin:campaigns_sequence_runs",
    "admin:predictions_riskhistory_changelist",
    "api:values",
}
# Nothing, to nobody.
MODEL_PAGES = ("changelist", "add", "change", "history", "delete")
NOTHING = {
    *(
        f"admin:{model}_{page}"
        for model in (
            *("auth_group", "auth_user", "segments_exportaudit", "segments_webhookendpoint"),
            *("segments_scheduledexport", "segments_prioritylist"),
            *("customers_login", "customers_productview", "customers_wishlist", "customers_cart"),
            *("customers_auditentry", "customers_category", "customers_product"),
            *("customers_erasure", "customers_consent"),
            *("customers_productattribute", "customers_customerattribute", "customers_refund"),
            *("customers_website", "customers_store", "customers_customergroup"),
            "customers_apitoken",
            *("price_rules_cartpricerule", "price_rules_coupon"),
            *("campaigns_campaign", "campaigns_mailsender"),
            *("campaigns_suppression", "campaigns_sequence"),
            *("personalization_placement", "personalization_contentitem"),
            *("personalization_experiencevariant", "personalization_experiment"),
            *("personalization_offer", "personalization_personalizationrule"),
            *("personalization_behaviorproperty", "personalization_attributedconversion"),
            *("alerts_alert", "alerts_alertchannel"),
        )
        for page in MODEL_PAGES
    ),
    *(
        f"admin:shops_shopimport_{page}"
        for page in ("changelist", "change", "start", "cancel", "refused")
    ),
    *(f"admin:segments_webhookendpoint_{page}" for page in ("test", "secret", "replay")),
    *(f"api:{name}" for name in ("webhooks", "webhook", "webhook-secret", "webhook-test")),
    *(f"api:{name}" for name in ("deliveries", "delivery-replay")),
    *("api:alerts", "api:alert", "api:alert-resolve", "api:segment-alerts"),
    *(f"api:alert-channel{name}" for name in ("", "s", "-test")),
    *("admin:alerts_alert_resolve", "admin:alerts_alertchannel_test"),
    "admin:segments_prioritylist_restore",
    *(f"api:priority-list{name}" for name in ("", "s", "-versions", "-restore")),
    "admin:auth_user_password_change",
    *(f"admin:customers_customer_{page}" for page in ("history", "delete", "by_number")),
    *(f"admin:customers_order_{page}" for page in ("changelist", "add", "history", "delete")),
    *(f"admin:customers_customergroup_{page}" for page in ("export", "import", "process_import")),
    # Made-up rows.
    *(f"admin:customers_{model}_import_sample" for model in ("customer", "customergroup")),
    "admin:segments_segment_import_sample",
    *(
        f"admin:segments_segment_{page}"
        for page in (
            *("changelist", "delete", "restore", "overlaps", "changes", "begin"),
            "lookalikes",
            "first_steps",
            *("refresh", "cancel", "status", "overrides_remove", "exports_cancel"),
            *("report", "report_csv", "import", "process_import", "import_maho"),
            *("templates", "template_count", "filters_save", "filters_remove", "duplicate"),
        )
    ),
    *(f"admin:{page}" for page in ("index", "settings", "app_list", "autocomplete", "jsi18n")),
    *(f"admin:{page}" for page in ("login", "logout", "password_change", "password_change_done")),
    *("admin:view_on_site", "admin:None"),
    *(f"api:{name}" for name in ("conditions", "segments", "segment", "overlap")),
    *("api:segment-versions", "api:segment-restore"),
    *(f"api:{name}" for name in ("changes", "changes-of-segment", "schema", "docs")),
    *(f"api:{name}" for name in ("exports", "export", "export-cancel", "exports-of-segment")),
    *(f"api:{name}" for name in ("runs", "run", "run-cancel", "refresh")),
    *(
        f"api:{name}"
        for name in (
            "overrides",
            "override",
            "list",
            "lookalikes",
            "check",
            "customer",
            "running-preview",
            "value-counts",
            "read",
            "None",
        )
    ),
    *(f"api:{name}" for name in ("consent", "erase", "erasure", "events")),
    *(f"admin:price_rules_cartpricerule_{page}" for page in ("try", "coupons", "restore")),
    *(f"api:price-rule{name}" for name in ("", "s", "-versions", "-restore", "-coupons", "-batch")),
    *(f"api:{name}" for name in ("evaluate", "satisfies", "coupons", "coupons-csv")),
    *("api:redeem", "api:release"),
    *(f"admin:campaigns_message_{page}" for page in MODEL_PAGES if page != "change"),
    *(f"admin:campaigns_campaign_{page}" for page in ("status", "audience")),
    *(f"admin:campaigns_sequence_{page}" for page in ("status", "start")),
    *(f"admin:campaigns_audiencesync_{page}" for page in MODEL_PAGES if page != "change"),
    *("admin:campaigns_audiencesync_run", "mail:sync-report"),
    *(
        f"admin:predictions_analyticstable_{page}"
        for page in ("value", "rfm", "cohorts", "journey", "compute", "train")
    ),
    "admin:segments_segment_send",
    *("api:audience-syncs", "api:audience-sync", "api:audience-sync-run"),
    *(
        f"admin:campaigns_mailtemplate_{page}"
        for page in ("changelist", "history", "delete", "preview", "html", "restore")
    ),
    *("admin:campaigns_mailtemplate_draft", "admin:campaigns_mailtemplate_draft_html"),
    *("admin:campaigns_mailsender_brand", "admin:campaigns_mailsender_sample"),
    *(f"api:mail-template{name}" for name in ("", "s", "-versions", "-restore", "-test")),
    *(f"api:campaign{name}" for name in ("", "s", "-send", "-pause", "-resume", "-cancel")),
    *("api:campaign-report", "api:suppressions", "api:suppression-lift"),
    *(f"api:sequence{name}" for name in ("", "s", "-start-members", "-resume", "-report")),
    *("api:mail-senders", "api:mail-sender", "api:mail-events", "api:segment-mail"),
    *(f"api:{name}" for name in ("train", "training", "training-cancel", "evaluate-model")),
    *(f"api:{name}" for name in ("models", "model", "model-versions", "model-version")),
    *(f"api:{name}" for name in ("predict", "deploy", "rollback", "clv-predict")),
    *("api:clv-calculate", "api:customer-predictions"),
    *(
        f"admin:predictions_predictionmodel_{page}"
        for page in (
            *("changelist", "change", "compare", "train", "cancel", "retrain", "deploy"),
            *("rollback", "names", "alarm", "uplift"),
        )
    ),
    *(
        f"admin:predictions_{page}_changelist"
        for page in ("analyticstable", "driftreading", "scoringrun", "touchcampaign")
    ),
    *("api:analytics", "api:clv-segments", "api:ml-monitoring"),
    *(f"api:personalization-{name}" for name in ("insights", "interests")),
    *(f"admin:predictions_strategy_{page}" for page in ("changelist", "add", "change", "delete")),
    "api:clv-optimize",
    *(f"api:{name}" for name in ("track-behavior", "personalization-consent", "collect")),
    *("api:behavior-properties", "api:behavior-property"),
    *(f"api:recommendation{name}" for name in ("s", "-rules", "-rule", "-models")),
    *(f"api:recommendation-rule-{name}" for name in ("versions", "restore")),
    "admin:personalization_personalizationrule_restore",
    *(f"api:recommendation-{name}" for name in ("promote", "rollback")),
    # A preview and an answer have a first name only where a text of the shop's has its place.
    *(
        f"admin:personalization_placement_{page}"
        for page in ("preview", "calendar", "move", "connection")
    ),
    *(f"api:experiment{name}" for name in ("s", "", "-power", "-start", "-stop")),
    *(f"api:{name}" for name in ("experiments-results", "experiment-results")),
    "api:experiment-results-csv",
    *(
        f"admin:personalization_experiment_{page}"
        for page in ("power", "results", "roll_out", "start", "steps", "stop")
    ),
    *(
        f"admin:personalization_{page}_changelist"
        for page in ("engagementmetric", "interestshare", "listinuse", "recommendationversion")
    ),
    *("api:personalization-analytics", "api:personalization-attribution"),
    *("api:attributed-conversions", "api:attributed-conversions-csv"),
    *(f"api:offer{name}" for name in ("", "s", "s-evaluate", "-redeem")),
    *(f"api:{name}" for name in ("placements", "placement", "variants", "variant")),
    *(f"api:{name}" for name in ("experience", "content-items", "content-item")),
    *("mail:unsubscribe", "mail:preferences", "mail:hook"),
    *("home", "set_language", "mcp:mcp"),
}
BY_KIND = {Kind.OPEN: NOTHING, Kind.NAME: NAMES, Kind.PRIVATE: PERSONAL}
for tab in SEGMENT_TABS:
    BY_KIND[tab.shows].add(f"admin:segments_segment_{tab.name}")
# What answers without a log-in, besides refusals and the way to it.
LOGIN = (
    {
        *(f"login:oidc-{page}" for page in ("login", "callback")),
        *(f"login:saml-{page}" for page in ("login", "answer", "finish", "metadata")),
        *("login:passkey", "login:confirm", "login:factors", "login:authenticate"),
        *("login:add-app", "login:add-passkey", "login:recovery-codes", "login:remove"),
    }
    if apps.is_installed("login")
    else set()
)
NOTHING |= LOGIN
PUBLIC = {
    "login:passkey",
    *("mail:unsubscribe", "mail:preferences", "mail:view"),
    *("admin:login", "admin:jsi18n", "api:schema", "api:docs"),
}
# Answers that may be kept: what conditions there are.
KEPT = {"api:conditions"}

# Users: each has every permission but these.
ALL_PERSONAL = (PERMISSION, "customers.export_customer")
MEMBERS_ONLY = ALL_PERSONAL
NOBODY = (
    *ALL_PERSONAL,
    *("segments.view_members", "segments.export_members", "segments.export_raw_members"),
)
