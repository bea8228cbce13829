"""Values for generated customers, among them names that software often gets wrong."""

from customers.generate.random_numbers import table

FIRST_NAMES = (
    *("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Hugo", "Ida", "James", "Lena"),
    *("Maria", "Noah", "Olivia", "Paul", "Sophie", "Thomas", "William", "Zoë", "José", "Siân"),
    *("Łukasz", "Σωκράτης", "Иван", "李", "محمد", "שרה", "İpek", "Mary-Jane", "D’Arcy", "Jean Luc"),
)
LAST_NAMES = (
    *("Miller", "Schmidt", "Smith", "Martin", "Brown", "Weber", "Wilson", "García", "Rossi"),
    *("O'Brien", "Weiß", "Strauß", "Nowak", "Łaski", "Åström", "van der Berg", "Null", "Test"),
    *("de la Cruz", "Müller-Lüdenscheidt", 'Bobby "Tables"', "100% Fan", "Under_Score", "Ok 🙂"),
    *("Παπαδόπουλος", "Иванов", "王", "الأحمد", "כהן", "Back\\slash", "Comma, Jr.", "NICE", "nice"),
)
DOMAINS = ("example.com", "example.org", "Example.NET", "mail.example", "shop.example")
GENDERS = table(("female", 46), ("male", 40), ("other", 2), ("", 12))
TAGS = ("newsletter-2024", "influencer", "complained", "staff", "loves, commas", "Ünïcode", "b2b")
COMPANIES = ("Acme GmbH & Co. KG", "O'Reilly Ltd.", "Ærø ApS", '"Quoted" Inc.', "50% AG")
STREETS = ("Main Street", "Hauptstraße", "Rue de l'Église", "Karl-Marx-Allee", "Wall St", "5th Ave")
