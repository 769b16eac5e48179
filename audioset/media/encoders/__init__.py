"""Floor 2: sound for others: pages, telephones, cameras."""
