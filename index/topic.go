package index

// Topics are what documents, claims and reviews may be about, the related ones side by side. Everything that offers or checks a topic goes by it.
func Topics() []string {
	return []string{"vaccine-side-effects", "vaccine-composition", "vaccine-children", "vaccine-pregnancy", "vaccine-infertility",
		"vaccine-dna", "vaccine-death", "vaccine-magnet", "vaccine-shedding", "vaccine-experimental", "vaccine-mandatory", "microchip",
		"other-vaccines", "home-remedy", "garlic", "alcohol", "hot-bath", "saltwater-nose", "medicines", "antibiotics", "disinfection",
		"hand-dryers", "uv-lamp", "breath-holding-test", "transmission", "weather", "pets", "mosquitoes", "masks-harm", "masks-worms",
		"pcr-test", "thermal-scanners", "children", "recovery", "5g", "origin", "covid-hoax", "depopulation", "spraying",
		"water-poisoned", "lockdown-rumour", "new-wave", "qr-fines", "covid-money", "case-rumour"}
}
