// SPDX-License-Identifier: Apache-2.0

// Command bareinit is what the appliance's start is measured against: the first
// process of a machine that does nothing but bring up its network card and
// answer HTTPS, with a certificate made on the spot. It lies in an initramfs as
// /init, beside /modules/list with the kernel modules to load, in order.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// address is the one that QEMU's user network forwards to.
const address = "10.0.2.15/24"

func main() {
	// Nothing can be done about an error but to say it: there is nobody to
	// return to, and the kernel panics when this process ends.
	err := serve()
	console(fmt.Sprintf("bare: %v\n", err))
	select {}
}

// serve returns only if something fails.
func serve() error {
	if err := loadModules(); err != nil {
		return err
	}
	if err := configure(); err != nil {
		return err
	}
	cert, err := certificate()
	if err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	l, err := tls.Listen("tcp", ":443", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		return err
	}
	console("bare: listening on 443\n")
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "bare\n")
	}))
}

func loadModules() error {
	list, err := os.ReadFile("/modules/list")
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(list)) {
		file, err := os.Open("/modules/" + name)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(file.Fd()), "", 0)
		file.Close()
		if err != nil && err != unix.EEXIST {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return nil
}

// configure gives the first network card its address.
func configure() error {
	links, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("list the network cards: %w", err)
	}
	for _, l := range links {
		if l.Attrs().Flags&net.FlagLoopback != 0 {
			continue
		}
		addr, err := netlink.ParseAddr(address)
		if err != nil {
			return err
		}
		if err := netlink.AddrAdd(l, addr); err != nil {
			return fmt.Errorf("give %s its address: %w", l.Attrs().Name, err)
		}
		return netlink.LinkSetUp(l)
	}
	return fmt.Errorf("there is no network card")
}

func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// console writes to the serial port; there is no /dev yet, so the node is made
// here.
func console(text string) {
	if unix.Mknod("/serial", unix.S_IFCHR|0o600, int(unix.Mkdev(4, 64))) == nil {
		defer os.Remove("/serial")
	}
	if f, err := os.OpenFile("/serial", os.O_WRONLY, 0); err == nil {
		io.WriteString(f, text)
		f.Close()
	}
}
