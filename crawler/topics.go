package crawler

// Topic groups, the coarse division that decides how much harm a rumour may do.
const (
	GroupCure         = "cure"
	GroupVaccine      = "vaccine"
	GroupRestrictions = "restrictions"
	GroupOrigin       = "origin"
	GroupOther        = "other"
)

// Topics gives every topic of the starter guidance with its group. The map is the caller's own.
func Topics() map[string]string {
	topics := map[string]string{}
	for group, members := range map[string][]string{
		GroupCure: {
			"alcohol", "antibiotics", "disinfection", "garlic", "hand-dryers", "home-remedy", "hot-bath", "medicines",
			"saltwater-nose", "uv-lamp",
		},
		GroupVaccine: {
			"depopulation", "microchip", "other-vaccines", "vaccine-children", "vaccine-composition", "vaccine-death", "vaccine-dna",
			"vaccine-experimental", "vaccine-infertility", "vaccine-magnet", "vaccine-mandatory", "vaccine-pregnancy",
			"vaccine-shedding", "vaccine-side-effects",
		},
		GroupRestrictions: {"lockdown-rumour", "new-wave", "qr-fines"},
		GroupOrigin:       {"5g", "covid-hoax", "origin"},
		GroupOther: {
			"breath-holding-test", "case-rumour", "children", "covid-money", "masks-harm", "masks-worms", "mosquitoes", "pcr-test",
			"pets", "recovery", "spraying", "thermal-scanners", "transmission", "water-poisoned", "weather",
		},
	} {
		for _, topic := range members {
			topics[topic] = group
		}
	}
	return topics
}
