"""Merchants' names of attributes, relations and values in French (see `registry.add_names`)."""

NAMES = {
    "sales": """
        commande, commandes, passé commande, passé une commande, passé de commande, passer
        commande, achat, achats, acheteurs, acheteuses, acheteur, fait un achat, effectué un
        achat, effectué une commande, passé des commandes, fait des achats
    """,
    "sales:done": """
        commandé, commandée, commandés, commandées, commander, commandent, acheté, achetée,
        achetés, achetées, acheter, achètent, commande chez
    """,
    "carts": """
        panier abandonné, paniers abandonnés, panier, paniers, abandonné un panier, abandonné
        leur panier, ont abandonné leur panier, dans le panier, dans leur panier, panier actif,
        paniers actifs, panier en cours, abandons de panier, abandon de panier, panier laissé,
        laissé un panier, laissé quelque chose dans le panier
    """,
    "product_views": """
        vu, vue, vus, vues, consulté, consultée, consultés, consultées, regardé, regardés,
        visité, visités, vues de produits, consultations, visionné
    """,
    "wishlist_items": """
        liste d'envies, liste de souhaits, listes d'envies, liste d'envie, favoris, listes de
        souhaits, ajouté à la liste d'envies, ajouté à leur liste d'envies, dans leur liste
        d'envies, dans la liste d'envies, wishlist
    """,
    "logins": """
        connecté, connectée, connectés, connectées, se sont connectés, connexion, connexions,
        connectent, identifiés, se connecter
    """,
    "refunds": """
        remboursement, remboursements, retour, retours, retourné, retournés, avoir, avoirs,
        renvoyé
    """,
    "customer.date_of_birth": "date de naissance, né, née, nés, nées",
    "customer.days_until_birthday": """
        anniversaire, anniversaires, fêtent leur anniversaire, dont l'anniversaire, anniversaire
        de naissance
    """,
    "customer.registered_at": """
        inscrit, inscrite, inscrits, inscrites, inscription, inscriptions, compte créé, comptes
        créés, compte a été créé, créé un compte, créé leur compte, client depuis, clients depuis,
        enregistrés, enregistré, date d'inscription, ont créé un compte, ouvert un compte, ouvert
        leur compte, ouvrir un compte, ouvrir leur compte, ouverture d'un compte
    """,
    "customer.registered_at:new": """
        nouveaux clients, nouveau client, nouvelles clientes, nouveaux inscrits, nouveaux comptes
    """,
    "customer.days_since_registration": "jours depuis l'inscription",
    "customer.email": """
        e-mail, adresse e-mail, courriel, adresse mail, email, adresses e-mail, mail
    """,
    "customer.email_domain": """
        domaine e-mail, domaine de l'e-mail, e-mail chez, domaine, nom de domaine
    """,
    "customer.first_name": "prénom, prénoms",
    "customer.last_name": "nom, nom de famille, noms de famille",
    "customer.gender": "sexe, genre",
    "customer.gender=female": "femmes, femme, féminin, clientes, cliente, dames",
    "customer.gender=male": "hommes, homme, masculin, messieurs",
    "customer.group": "groupe de clients, groupe",
    "customer.tags": """
        tag, tags, étiquette, étiquettes, étiqueté, étiquetés, marqués, tagués, étiquetés comme
    """,
    "customer.website": "site web, site, sur le site",
    "customer.store": "boutique, magasin",
    "customer.kind=guest": "invité, invités",
    "customer.kind=registered": "clients avec compte",
    "customer.accepts_marketing": """
        acceptent le marketing, accepte le marketing, accepté le marketing, accepter le
        marketing, acceptant le marketing, marketing accepté, consentement marketing, acceptent
        la publicité, accepte la publicité, accepté la publicité, acceptent les e-mails
        marketing, opt-in, acceptent de recevoir de la publicité, marketing, ont accepté le
        marketing
    """,
    "customer.attributes.loyalty_level": "niveau de fidélité, niveau, fidélité, statut",
    "addresses": "adresse, adresses",
    "address.country": "pays",
    "address.city": "ville, villes",
    "address.region": "région, état, province, département",
    "address.postcode": "code postal, codes postaux",
    "address.street": "rue",
    "address.company": "société, entreprise, raison sociale",
    "address.telephone": "téléphone, numéro de téléphone",
    "address.country=DE": "allemand, allemande, allemands, allemandes",
    "address.country=FR": "français, française, françaises",
    "address.country=AT": "autrichien, autrichienne, autrichiens, autrichiennes",
    "address.country=CH": "suisses",
    "address.country=PL": "polonais, polonaise, polonaises",
    "address.country=GB": "Royaume-Uni, Grande-Bretagne, britanniques, Angleterre, RU",
    "address.country=US": "États-Unis, USA, Amérique, américains, américaines",
    "address.country=AU": "australiens, australiennes, australien",
    "address.country=NL": "Hollande, néerlandais",
    "address.country=TR": "Turquie, turcs",
    "activity.last_order_at": """
        dernière commande, dernier achat, dernière commande passée, dernières commandes,
        commandé pour la dernière fois, acheté pour la dernière fois, dont la dernière commande,
        dernière commande date
    """,
    "activity.first_order_at": """
        première commande, premier achat, commandé pour la première fois, acheté pour la
        première fois, dont la première commande, première commande passée
    """,
    "activity.days_since_last_order": """
        jours depuis la dernière commande, nombre de jours depuis la dernière commande
    """,
    "activity.days_since_first_order": "jours depuis la première commande",
    "activity.days_since_last_login": "jours depuis la dernière connexion",
    "activity.last_login_at": """
        dernière connexion, connectés pour la dernière fois, dont la dernière connexion
    """,
    "activity.days_inactive": """
        inactif, inactive, inactifs, inactives, jours d'inactivité, sans activité, aucune
        activité, inactivité
    """,
    "activity.days_without_purchase": "jours sans achat, jours sans commande",
    "activity.average_days_between_orders": """
        jours moyens entre commandes, nombre moyen de jours entre les commandes, jours entre les
        commandes, délai moyen entre deux commandes, délai moyen entre les commandes, nombre
        moyen de jours entre deux commandes, moyenne de jours entre les commandes, intervalle
        moyen entre les commandes, jours en moyenne entre les commandes, jours entre deux
        commandes
    """,
    "lifetime.sales": """
        dépensé, dépensent, dépense, dépenses, chiffre d'affaires, dépenser, total des achats,
        montant total des achats, montant total dépensé, total dépensé, total des ventes, ventes
        totales, CA, total des commandes, montant total des commandes, dépenses totales
    """,
    "lifetime.number_of_orders": "nombre de commandes, nombre d'achats",
    "lifetime.average_order_value": """
        panier moyen, valeur moyenne des commandes, commande moyenne, montant moyen des
        commandes, valeur moyenne de commande, montant moyen par commande, panier moyen de,
        panier d'achat moyen, valeur moyenne d'une commande, montant moyen de commande, dépense
        moyenne, en moyenne par commande, valeur moyenne par commande
    """,
    "lifetime.profit": "bénéfice, ventes moins remboursements, ventes nettes, profit",
    "lifetime.refunds:done": """
        remboursé, remboursée, remboursés, remboursées, été remboursés, ayant été remboursés
    """,
    "lifetime.refunds": """
        total des remboursements, montant remboursé, remboursements d'un total, montant total
        remboursé, montant des remboursements, montant total des remboursements
    """,
    "lifetime.distinct_products": """
        produits différents, articles différents, différents produits, différents articles,
        produits distincts
    """,
    "lifetime.quantity": """
        pièces achetées, articles achetés, nombre d'articles achetés, pièces, articles
        commandés, articles au total, nombre de pièces
    """,
    "order.created_at": "date d'achat, date de commande",
    "order.grand_total": """
        montant de commande, valeur de commande, montant de la commande, valeur de la commande,
        total de la commande, montant d'une commande
    """,
    "order.subtotal": "sous-total",
    "order.coupon_code": """
        coupon, coupons, avec un bon, utilisé un bon, code promo, codes promo, bon de réduction,
        bons de réduction, code de
        réduction, bon d'achat, bons d'achat, code, code promotionnel, code coupon, codes
        promotionnels, codes de réduction
    """,
    "order.payment_method": """
        payé par, payé avec, payée par, payées par, payé en, mode de paiement, moyen de
        paiement, méthode de paiement, payant par, payé, payés par, payée, paient par, paiement
        par, réglé par, paiement, ayant payé, réglée par, payées, payent par, payé via, réglé
        avec
    """,
    "order.payment_method=invoice": "facture, sur facture",
    "order.payment_method=card": "carte, carte bancaire, carte de crédit, carte bleue, CB",
    "order.payment_method=Banküberweisung": "virement, virement bancaire",
    "order.shipping_method": """
        mode de livraison, méthode de livraison, livré par, livrée par, livrées par, livraison,
        expédié par, livraison par, expédiée par, livraison en
    """,
    "order.shipping_amount": """
        frais de port, frais de livraison, frais d'expédition, livraison, port
    """,
    "order.discount_amount": """
        remise, remises, réduction, réductions, rabais, montant de la remise
    """,
    "order.tax_amount": "taxe, taxes, TVA, montant des taxes",
    "order.lines_count": "lignes, nombre de lignes",
    "order.number": "numéro de commande",
    "order.state": "état de la commande",
    "order.state=canceled": "annulée, annulées, annulé, commande annulée, commandes annulées",
    "order.state=complete": "terminée, terminées, complète, complètes",
    "order.state=pending_payment": "en attente de paiement, impayée, impayées",
    "order.state=holded": "en attente, suspendue, bloquée",
    "order.state=processing": "en cours de traitement, en traitement",
    "order.status": "statut de la commande, statut",
    "order.currency": "devise, monnaie, en devise",
    "order.website": "site de la commande, site",
    "order.store": "boutique de la commande, boutique",
    "order.shipping_country": """
        livré à, livrée à, livrées à, livré en, livrée en, livrées en, expédiée à, expédiée en,
        expédié à, expédié en, pays de livraison, livraison à, livraison en, adresse de
        livraison à, adresse de livraison en, expédiées à, expédiées en, livrés à, livrés en,
        livrée aux, livrées aux, livrés aux, expédiée vers, livrée au
    """,
    "order.shipping_city": "ville de livraison",
    "order.shipping_region": "région de livraison",
    "order.shipping_postcode": "code postal de livraison",
    "order.billing_country": """
        facturé à, facturé en, pays de facturation, adresse de facturation en, facturée en
    """,
    "order.billing_city": "ville de facturation",
    "order.billing_region": "région de facturation",
    "order.billing_postcode": "code postal de facturation",
    "order_item.sku": "SKU, référence, références, UGS",
    "order_item.name": "nom du produit, produit appelé, produit nommé, produits appelés",
    "order_item.category": "catégorie, catégories, de la catégorie, dans la catégorie, rayon",
    "order_item.price": "prix, prix unitaire",
    "order_item.quantity": "quantité",
    "order_item.product_type": "type de produit",
    "order_item.product_type=service": "prestations",
    "order_item.product_type=bundle": "lots",
    "order_item.product.brand": "marque, marques, de la marque, de marque",
    "order_item.product.colour": "couleur, couleurs, de couleur",
    "order_item.product.sustainable": "durable, durables, produits durables",
    "cart.grand_total": "valeur du panier, montant du panier, total du panier",
    "cart.updated_at": """
        inchangé, inchangés, dernière modification, non modifié, modifié, sans modification,
        inactif
    """,
    "cart.created_at": "panier créé",
    "cart.items_count": """
        lignes, produits dans le panier, articles dans le panier, produits dans leur panier,
        articles dans leur panier
    """,
    "cart.coupon_code": "coupon, code promo, bon de réduction, code, bon d'achat",
    "cart.applied_rules": "règle de prix, règles de prix, promotion",
    "views.count": "nombre de vues",
    "views.last_viewed_at": "dernière consultation, vu pour la dernière fois, dernière vue",
    "views.days_since_last": "jours depuis la dernière vue",
    "wishlist.items_count": "nombre d'articles dans la liste d'envies",
    "wishlist.is_shared": """
        liste d'envies partagée, partagé leur liste d'envies, partagé une liste d'envies, liste
        de souhaits partagée, listes d'envies partagées, partagé leur liste de souhaits
    """,
    "wishlist.days_since_last_added": "jours depuis le dernier ajout",
    "newsletter": "newsletter, infolettre, lettre d'information, newsletters",
    "newsletter.status": "statut d'abonnement, statut de la newsletter",
    "newsletter.status=subscribed": """
        abonné, abonnée, abonnés, abonnées, abonnés à la newsletter, abonné à la newsletter,
        inscrits à la newsletter, inscrit à la newsletter, abonnement à la newsletter, abonnées
        à la newsletter, inscrites à la newsletter
    """,
    "newsletter.status=unsubscribed": """
        désabonné, désabonnée, désabonnés, désabonnées, désinscrit, désinscrits, désinscrits de
        la newsletter, désabonnés de la newsletter, désinscrites, désabonnées de la newsletter,
        se sont désabonnés
    """,
    "newsletter.status=unconfirmed": """
        non confirmé, non confirmés, non confirmée, pas confirmé, non confirmées
    """,
    "newsletter.status=not_active": "non activé, pas activé",
    "newsletter.status_changed_at": "changement de statut",
    "segment": "segment, segments",
}
