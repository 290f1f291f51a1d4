// Package dns stands for the providers of DNS challenges of lego, and so for the SDKs of more than a hundred companies: the local cluster
// asks for no certificates.
package dns

import (
	"fmt"

	"github.com/go-acme/lego/v5/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("DNS provider %s is not built in", name)
}
