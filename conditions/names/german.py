"""Merchants' names of attributes, relations and values in German (see `registry.add_names`)."""

NAMES = {
    "sales": """
        Bestellung, Bestellungen, Kauf, Käufe, Käufen, Einkauf, Einkäufe, Einkäufen, Käufer,
        Käuferinnen, Auftrag, Aufträge, Aufträgen, mit Bestellung, Besteller, Order, Orders
    """,
    "sales:done": """
        bestellt, bestellte, bestellten, bestellen, gekauft, kauften, kaufte, kaufen,
        eingekauft, erworben, geordert, einkaufen
    """,
    "carts": """
        Warenkorbabbrecher, Warenkorb, Warenkörbe, Warenkörben, Einkaufswagen, abgebrochener
        Warenkorb, abgebrochenen Warenkorb, abgebrochene Warenkörbe, abgebrochenem Warenkorb,
        verlassener Warenkorb, verlassenen Warenkorb, verlassene Warenkörbe, verlassenem
        Warenkorb, aufgegebener Warenkorb, aufgegebenen Warenkorb, offener Warenkorb, offenen
        Warenkorb, offenem Warenkorb, Warenkorb abgebrochen, Warenkorb verlassen, Warenkorb
        liegen gelassen, im Warenkorb, in den Warenkorb gelegt, stehengelassener Warenkorb,
        Warenkorbabbrecherinnen, Warenkorbabbruch
    """,
    "product_views": """
        angesehen, angeschaut, betrachtet, gesehen, Produktansichten, angeguckt, Ansichten,
        Ansicht, besucht, Produktaufrufe, aufgerufen
    """,
    "wishlist_items": """
        Merkzettel, Wunschliste, Wunschlisten, Merkliste, Merklisten, auf dem Merkzettel, auf der
        Wunschliste, auf ihrem Merkzettel, gemerkt, Wunschzettel, auf dem Wunschzettel, auf den
        Merkzettel gesetzt, auf die Wunschliste gesetzt, gewünscht
    """,
    "logins": """
        angemeldet, eingeloggt, Login, Logins, Anmeldung, Anmeldungen, einloggen, eingelogt,
        anmelden, Log-in, Log-ins
    """,
    "refunds": """
        Erstattung, Erstattungen, Rückerstattung, Rückerstattungen, Retoure, Retouren,
        zurückgeschickt, Gutschrift, Gutschriften, Rücksendung, Rücksendungen, retourniert,
        zurückgesendet, Rückgabe, Rückgaben, zurückgegeben, Erstattungsbetrag
    """,
    "customer.date_of_birth": "Geburtsdatum, geboren",
    "customer.days_until_birthday": """
        Geburtstag, Geburtstage, Geburtstag haben, haben Geburtstag, Geburtstagskinder
    """,
    "customer.registered_at": """
        registriert, Registrierung, Konto angelegt, Konto erstellt, Kunde seit, Kunden seit,
        Kundin seit, Neuregistrierungen, Registrierungen, Konto eröffnet, Kundenkonto angelegt,
        neu registriert, Registrierungsdatum, angelegt
    """,
    "customer.registered_at:new": """
        Neukunden, Neukunde, Neukundinnen, neue Kunden, neuen Kunden, neue Kundinnen, neue Konten
    """,
    "customer.days_since_registration": "Tage seit der Registrierung, Tage seit Registrierung",
    "customer.email": """
        E-Mail, E-Mail-Adresse, Mailadresse, E-Mail-Adressen, Emailadresse, Email
    """,
    "customer.email_domain": "E-Mail-Domain, Domain, E-Mail bei, Mail-Domain",
    "customer.first_name": "Vorname, Vornamen, Vorname ist",
    "customer.last_name": "Nachname, Nachnamen, Familienname, Zuname",
    "customer.gender": "Geschlecht",
    "customer.gender=female": """
        Frauen, Frau, weiblich, weibliche, weiblichen, Kundinnen, Kundin, Damen
    """,
    "customer.gender=male": "Männer, Mann, Männern, männlich, männliche, männlichen, Herren",
    "customer.group": "Kundengruppe, Gruppe",
    "customer.tags": """
        Tag, Tags, Schlagwort, Schlagwörter, Schlagworten, markiert, markiert mit, mit dem Tag,
        getaggt, verschlagwortet, gekennzeichnet
    """,
    "customer.website": "Website, Webseite, auf der Website",
    "customer.store": "Store, Konto angelegt im Store, Shop",
    "customer.kind=guest": "Gast, Gäste, Gästen, Gastkunden",
    "customer.kind=registered": "registrierte Kunden, registrierten Kunden",
    "customer.accepts_marketing": """
        Marketing akzeptieren, Marketing akzeptiert, Marketing zugestimmt, Marketing zustimmen,
        Werbung erlauben, Werbung erlaubt, Werbeeinwilligung, Werbung zugestimmt, Marketing
        erlaubt, Marketing erlauben, Marketingeinwilligung, Werbung akzeptieren, akzeptieren
        Marketing, Marketing-Einwilligung, Marketing, Werbung, in Marketing eingewilligt, in
        Werbung eingewilligt, dem Marketing zugestimmt haben, Werbezustimmung, Werbung wollen
    """,
    "customer.attributes.loyalty_level": """
        Treuestufe, Treuelevel, Stufe, Status, Loyalitätsstufe
    """,
    "addresses": "Adresse, Adressen, Anschrift, Anschriften",
    "address.country": "Land, Länder, Wohnland",
    "address.city": "Stadt, Ort, Wohnort, Städte",
    "address.region": "Region, Bundesland, Kanton, Provinz",
    "address.postcode": "Postleitzahl, Postleitzahlen, PLZ",
    "address.street": "Straße, Strasse",
    "address.company": "Firma, Unternehmen, Firmenname, Firmenadresse",
    "address.telephone": "Telefon, Telefonnummer",
    "address.country=DE": "deutsche, deutschen, deutscher",
    "address.country=FR": "französische, französischen, französischer",
    "address.country=AT": "österreichische, österreichischen",
    "address.country=CH": "Schweizer, schweizerische",
    "address.country=PL": "polnische, polnischen",
    "address.country=GB": """
        Großbritannien, UK, England, britische, britischen, Vereinigtes Königreich
    """,
    "address.country=US": """
        USA, Amerika, amerikanische, amerikanischen, Vereinigte Staaten, Vereinigten Staaten
    """,
    "address.country=AU": "australische, australischen",
    "address.country=NL": "Holland, Niederlanden, niederländische",
    "address.country=TR": "Türkei, türkische",
    "activity.last_order_at": """
        letzte Bestellung, letzten Bestellung, letzter Kauf, letzten Kauf, zuletzt bestellt,
        zuletzt gekauft, letzter Einkauf, letzte Bestellung war, letzter Bestellung, deren
        letzte Bestellung, letztmals bestellt, letzten Einkauf, letztem Kauf
    """,
    "activity.first_order_at": """
        erste Bestellung, ersten Bestellung, erster Kauf, ersten Kauf, zum ersten Mal bestellt,
        zum ersten Mal gekauft, erstmals bestellt, erstmals gekauft, Erstbestellung, Erstkauf,
        deren erste Bestellung, erster Einkauf, erster Bestellung, Erstbesteller
    """,
    "activity.days_since_last_order": """
        Tage seit der letzten Bestellung, Tage seit letzter Bestellung
    """,
    "activity.days_since_first_order": """
        Tage seit der ersten Bestellung, Tage seit erster Bestellung
    """,
    "activity.days_since_last_login": """
        Tage seit dem letzten Login, Tage seit der letzten Anmeldung, Tage seit letztem Login
    """,
    "activity.last_login_at": """
        letzter Login, letzte Anmeldung, zuletzt angemeldet, zuletzt eingeloggt, letzter Log-in,
        letzten Login, letzten Anmeldung, letztes Mal angemeldet, letztem Login
    """,
    "activity.days_inactive": """
        inaktiv, Tage inaktiv, untätig, nicht aktiv, ohne Aktivität, keine Aktivität
    """,
    "activity.days_without_purchase": "Tage ohne Kauf, Tage ohne Bestellung",
    "activity.average_days_between_orders": """
        durchschnittliche Tage zwischen Bestellungen, Tage zwischen Bestellungen,
        durchschnittlicher Abstand zwischen Bestellungen, Abstand zwischen Bestellungen, Tage
        zwischen den Bestellungen, durchschnittlichen Tage zwischen ihren Bestellungen,
        durchschnittlichen Tage zwischen Bestellungen, durchschnittlicher Bestellabstand,
        durchschnittlich zwischen zwei Bestellungen, Tage zwischen zwei Bestellungen,
        durchschnittlichen Tage zwischen zwei Bestellungen, durchschnittliche Tage zwischen zwei
        Bestellungen
    """,
    "lifetime.sales": """
        Umsatz, Gesamtumsatz, ausgegeben, Lebenszeitumsatz, Umsätze, Umsätzen, ausgeben, gaben
        aus, Gesamtausgaben, Ausgaben, für gekauft, für eingekauft, für bestellt, Gesamtwert der
        Bestellungen, Kundenumsatz, Umsatz gemacht
    """,
    "lifetime.number_of_orders": """
        Anzahl der Bestellungen, Anzahl Bestellungen, Zahl der Bestellungen, Bestellanzahl,
        Anzahl Käufe
    """,
    "lifetime.average_order_value": """
        Ø Bestellwert, Ø-Bestellwert, durchschnittlicher Bestellwert, durchschnittlichen
        Bestellwert, durchschnittlichem Bestellwert, Durchschnittsbestellwert,
        durchschnittlicher Warenkorb, durchschnittliche Bestellung, durchschnittliche
        Bestellsumme, durchschnittlicher Einkaufswert, Durchschnittsbestellung, mittlerer
        Bestellwert, durchschnittlichen Warenkorb, Durchschnittsbon, durchschnittlicher
        Warenkorbwert, durchschnittlichen Warenkorbwert, Bestellwert im Durchschnitt, im Schnitt
        pro Bestellung, Bestellwert im Schnitt, durchschnittlich ausgegeben, AOV
    """,
    "lifetime.profit": """
        Gewinn, Umsatz abzüglich Erstattungen, Nettoumsatz, Umsatz minus Erstattungen, Profit
    """,
    "lifetime.refunds:done": "erstattet, erstattet bekommen, zurückbekommen, zurückerstattet",
    "lifetime.refunds": """
        Erstattungssumme, Summe der Erstattungen, Erstattungen in Höhe von, Erstattungen von
        insgesamt, erstattet bekommen, Erstattungen insgesamt
    """,
    "lifetime.distinct_products": """
        verschiedene Produkte, verschiedene Artikel, unterschiedliche Produkte, unterschiedliche
        Artikel, verschiedenen Produkten, verschiedenen Artikeln, verschiedener Produkte,
        unterschiedlicher Produkte
    """,
    "lifetime.quantity": """
        gekaufte Stücke, Stück gekauft, Stück, gekaufte Artikel, Artikel gekauft, Artikel
        insgesamt, Teile gekauft, Stücke
    """,
    "order.created_at": "Kaufdatum, Bestelldatum",
    "order.grand_total": """
        Bestellwert, Bestellsumme, Auftragswert, Bestellbetrag, Einzelbestellung von
    """,
    "order.subtotal": "Zwischensumme",
    "order.coupon_code": """
        Gutschein, Gutscheine, Gutscheincode, Gutscheincodes, Coupon, Coupons, Rabattcode,
        Rabattcodes, Code, Gutscheinen, Couponcode, Aktionscode, Codes, Gutscheins,
        Gutschein-Code
    """,
    "order.payment_method": """
        bezahlt per, bezahlt mit, per, Zahlungsart, Zahlungsmethode, Zahlungsweise, bezahlt,
        gezahlt, gezahlt mit, bezahlt haben, Zahlung per, Zahlung mit, zahlen, Zahlung, zahlten,
        zahlt
    """,
    "order.payment_method=invoice": "Rechnung, auf Rechnung, Rechnungskauf",
    "order.payment_method=card": "Karte, Kreditkarte, Kartenzahlung, Kreditkarten",
    "order.payment_method=Banküberweisung": "Überweisung, Banküberweisung",
    "order.shipping_method": """
        Versandart, Versandmethode, versendet per, versandt per, geliefert per, geliefert mit,
        Lieferart, verschickt per, versendet mit, Versand per, Versand, Lieferung per
    """,
    "order.shipping_amount": """
        Versandkosten, Versand, Lieferkosten, Versandgebühr, Porto, Versandgebühren, Lieferung
    """,
    "order.discount_amount": """
        Rabatt, Rabatte, Nachlass, Preisnachlass, rabattiert, Rabattbetrag, Ermäßigung, Rabatten
    """,
    "order.tax_amount": "Steuer, Steuern, Mehrwertsteuer, Steuerbetrag",
    "order.lines_count": "Positionen, Anzahl Positionen, Zeilen",
    "order.number": "Bestellnummer, Auftragsnummer",
    "order.state": "Bestellzustand, Zustand der Bestellung",
    "order.state=canceled": "storniert, stornierten, stornierte, stornierter",
    "order.state=complete": "abgeschlossen, abgeschlossene, abgeschlossenen",
    "order.state=pending_payment": """
        Zahlung ausstehend, unbezahlt, unbezahlte, offene Zahlung, unbezahlten
    """,
    "order.state=holded": "angehalten, zurückgehalten, zurückgestellt",
    "order.state=processing": "in Bearbeitung",
    "order.status": "Bestellstatus, Status",
    "order.currency": "Währung, in Währung",
    "order.website": "Website der Bestellung, Website",
    "order.store": "Store der Bestellung, Store",
    "order.shipping_country": """
        geliefert, versandt, verschickt, versendet, geliefert nach, versandt nach, Lieferland,
        Versandland, Lieferung nach, verschickt nach, versendet nach, Lieferadresse in,
        geschickt nach, Versand nach, mit Lieferung nach, gelieferte, nach geliefert
    """,
    "order.shipping_city": "Lieferort, Lieferstadt",
    "order.shipping_region": "Lieferregion",
    "order.shipping_postcode": "Liefer-PLZ, Lieferpostleitzahl",
    "order.billing_country": "Rechnungsland, Rechnung nach, Rechnungsadresse in",
    "order.billing_city": "Rechnungsort",
    "order.billing_region": "Rechnungsregion",
    "order.billing_postcode": "Rechnungs-PLZ",
    "order_item.sku": "SKU, SKUs, Artikelnummer, Artikelnummern",
    "order_item.name": """
        Produktname, Produkt namens, Artikelname, Produkte namens, Artikel namens
    """,
    "order_item.category": "Kategorie, Kategorien, aus der Kategorie, Warengruppe",
    "order_item.price": "Preis, Stückpreis, Einzelpreis",
    "order_item.quantity": "Menge",
    "order_item.product_type": "Produkttyp, Produktart",
    "order_item.product_type=service": "Dienstleistungen",
    "order_item.product_type=bundle": "Bundles, Pakete",
    "order_item.product.brand": "Marke, Marken, der Marke, von der Marke, Hersteller",
    "order_item.product.colour": "Farbe, Farben, in der Farbe, farbige",
    "order_item.product.sustainable": """
        nachhaltig, nachhaltige, nachhaltigen, nachhaltige Produkte, nachhaltiges
    """,
    "cart.grand_total": "Warenkorbwert, Wert des Warenkorbs, Warenkorbsumme",
    "cart.updated_at": """
        unverändert, zuletzt geändert, nicht geändert, unangetastet, unberührt, liegen, liegt
    """,
    "cart.created_at": "Warenkorb erstellt",
    "cart.items_count": """
        Positionen, Produkte im Warenkorb, Artikel im Warenkorb, Produkten im Warenkorb,
        Artikeln im Warenkorb
    """,
    "cart.coupon_code": "Gutschein, Gutscheine, Gutscheincode, Coupon, Rabattcode, Code",
    "cart.applied_rules": "Preisregel, Preisregeln, Rabattregel, Aktion",
    "views.count": "Anzahl Ansichten, Zahl der Ansichten, Anzahl der Ansichten",
    "views.last_viewed_at": "zuletzt angesehen, letzte Ansicht, zuletzt angeschaut",
    "views.days_since_last": "Tage seit der letzten Ansicht",
    "wishlist.items_count": "Anzahl der Artikel auf dem Merkzettel",
    "wishlist.is_shared": """
        geteilter Merkzettel, geteilten Merkzettel, Merkzettel geteilt, geteilte Wunschliste,
        Wunschliste geteilt, geteilte Merkzettel, geteiltem Merkzettel, geteilter Wunschliste,
        Merkzettel ist geteilt
    """,
    "wishlist.days_since_last_added": "Tage seit dem letzten Hinzufügen",
    "newsletter": "Newsletter, Newslettern, Newsletters, Newsletter wollen",
    "newsletter.status": "Abonnementstatus, Newsletter-Status, Newsletterstatus",
    "newsletter.status=subscribed": """
        abonniert, abonnieren, Abonnent, Abonnenten, Newsletter-Abonnenten,
        Newsletterabonnenten, Newsletter abonniert, Newsletter-Empfänger, Newsletterempfänger,
        Abonnentinnen, Newsletter beziehen, für den
        Newsletter angemeldet, zum Newsletter angemeldet, Newsletter-Abonnement, den Newsletter
        abonniert haben, Newsletter abonnieren, Newsletter angemeldet
    """,
    "newsletter.status=unsubscribed": """
        abgemeldet, abbestellt, vom Newsletter abgemeldet, Newsletter abbestellt, Newsletter
        gekündigt, Newsletter-Abmelder, abgemeldete, Newsletterabmelder, Newsletter abgemeldet,
        den Newsletter abbestellt haben
    """,
    "newsletter.status=unconfirmed": "unbestätigt, nicht bestätigt, unbestätigte, unbestätigten",
    "newsletter.status=not_active": "nicht aktiviert",
    "newsletter.status_changed_at": "Status geändert",
    "segment": "Segment, Segmente, Segments",
}
