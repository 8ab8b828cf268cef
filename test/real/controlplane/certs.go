package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// writeCertificates fills each folder with what one cluster needs: an authority of its own (ca), the certificate of
// its API server (server), of an administrator (admin) and of the aggregation layer (proxy), and the key pair that
// signs the tokens of service accounts (sa.key, sa.pub).
func writeCertificates(folders []string) error {
	for _, folder := range folders {
		if err := writeClusterCertificates(folder); err != nil {
			return err
		}
	}
	return nil
}

func writeClusterCertificates(folder string) error {
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	if err := authority.write(folder, "ca"); err != nil {
		return err
	}
	for name, template := range map[string]*x509.Certificate{
		"server": {
			Subject:     pkix.Name{CommonName: "kube-apiserver"},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)},
		},
		"admin": {
			Subject:     pkix.Name{CommonName: "admin-by-certificate", Organization: []string{"system:masters"}},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		},
		"proxy": {
			Subject:     pkix.Name{CommonName: "aggregator"},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		},
	} {
		issued, err := authority.issue(template)
		if err != nil {
			return err
		}
		if err := issued.write(folder, name); err != nil {
			return err
		}
	}
	return writeServiceAccountKeys(folder)
}

type pair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority() (*pair, error) {
	template := &x509.Certificate{Subject: pkix.Name{CommonName: "lockstep-test"}, IsCA: true, BasicConstraintsValid: true}
	return sign(template, nil)
}

func (authority *pair) issue(template *x509.Certificate) (*pair, error) {
	return sign(template, authority)
}

// sign completes the template; without an issuer the certificate is signed by its own key.
func sign(template *x509.Certificate, issuer *pair) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if issuer == nil {
		issuer = &pair{template, key}
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().AddDate(1, 0, 0)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if template.IsCA {
		template.KeyUsage |= x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.certificate, key.Public(), issuer.key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &pair{certificate, key}, err
}

func (p *pair) write(folder, name string) error {
	if err := writePEM(filepath.Join(folder, name+".crt"), "CERTIFICATE", p.certificate.Raw); err != nil {
		return err
	}
	return writeKey(filepath.Join(folder, name+".key"), p.key)
}

func writeServiceAccountKeys(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := writeKey(filepath.Join(folder, "sa.key"), key); err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(folder, "sa.pub"), "PUBLIC KEY", der)
}

func writeKey(path string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
