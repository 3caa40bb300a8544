package api

import "embed"

// assets are the templates, the static files and the catalogs. The program carries them, so that it needs no folder beside it.
//
//go:embed web
var assets embed.FS

// contract is the OpenAPI document that is served and that the tests hold the routes to.
//
//go:embed openapi.yaml
var contract []byte
