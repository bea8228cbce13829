"""The database of Magento 1 and 2, OpenMage and Maho: its tables and how they become ours."""
