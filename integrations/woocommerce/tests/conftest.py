from integrations.shops.tests.fixtures import bring as bring
