// What kind:up takes where no image and no release can be fetched; go.sum says what the archives must be. Nothing here imports them:
// Traefik is built within its own module (traefik-binary.ts), and of the Gateway API only the definitions are used.
module ticketing/traefik

go 1.26.0

require (
	github.com/traefik/traefik/v3 v3.7.13
	sigs.k8s.io/gateway-api v1.6.1
)
