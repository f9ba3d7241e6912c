// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"understudy/pkgstore/catalogue"
	"understudy/pkgstore/pack"
)

// order is what a command line asks for.
type order struct {
	kind          pack.Kind
	version       string
	build         catalogue.Build
	customer      pack.Customer
	main, roots   string // files; "" for none
	out           string
	built, expire string
}

// build makes the package of a command line and says what it wrote.
func build(kind string, args []string, stdout, messages io.Writer, getenv func(string) string) error {
	o, err := parseOrder(pack.Kind(kind), args, messages, getenv)
	if err != nil {
		return err
	}
	e, ok := catalogue.Find(o.kind, o.version)
	if !ok {
		return fmt.Errorf("there is no %s %q: the catalogue has %s", o.kind, o.version, strings.Join(versions(o.kind), ", "))
	}
	if err := o.identify(); err != nil {
		return err
	}
	n, hash, err := o.write(e)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\t%d bytes\tsha256 %x\t%s\n", e.Name, n, hash, o.out)
	return err
}

func parseOrder(kind pack.Kind, args []string, messages io.Writer, getenv func(string) string) (*order, error) {
	o := &order{kind: kind}
	f := flag.NewFlagSet("mkpkg "+string(kind), flag.ContinueOnError)
	f.SetOutput(messages)
	f.StringVar(&o.version, "version", "", "version of the release")
	f.IntVar(&o.build.Tree, "tree", 0, "revision of the tree that the files were built from (default: what a boot image says, else 1)")
	f.StringVar(&o.build.ID, "build", "", "build identifier (default: what a boot image says, else local)")
	f.StringVar(&o.built, "built", getenv("SOURCE_DATE_EPOCH"), "build time in seconds since 1970 (default $SOURCE_DATE_EPOCH, else a fixed one)")
	f.StringVar(&o.out, "out", "", "file to write")
	switch kind {
	case pack.Base:
		f.StringVar(&o.main, "uki", "", "boot image")
	case pack.Site:
		f.StringVar(&o.main, "program", "", "site software, a static program")
		f.StringVar(&o.roots, "roots", "", "certificates that clients trust, PEM")
	}
	if kind != pack.Base {
		f.StringVar(&o.customer.ID, "customer", "", "identifier of the customer")
		f.StringVar(&o.customer.Hostname, "hostname", "", "primary host name of the site")
		f.IntVar(&o.customer.Licenses, "licenses", 0, "representatives at one time")
		f.StringVar(&o.expire, "expires", "never", "first day on which the licenses are no longer valid, such as 2027-01-31, or never")
	}
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%.40q is one word too many", f.Arg(0))
	}
	return o, o.finish()
}

// finish reads what is more than a word or a number.
func (o *order) finish() error {
	if o.out == "" {
		return errors.New("-out is missing")
	}
	if o.main == "" && o.kind != pack.License {
		return errors.New("the file to pack is missing: -uki for base, -program for site")
	}
	o.build.Time = time.Unix(1<<30, 0).UTC()
	if o.built != "" {
		n, err := strconv.ParseInt(o.built, 10, 64)
		if err != nil {
			return fmt.Errorf("build time %.40q is not a number of seconds", o.built)
		}
		o.build.Time = time.Unix(n, 0).UTC()
	}
	if o.expire != "" && o.expire != "never" {
		t, err := time.Parse(time.DateOnly, o.expire)
		if err != nil {
			return fmt.Errorf("-expires is %.40q, which is neither a date such as 2027-01-31 nor never", o.expire)
		}
		o.customer.Expires = t
	}
	return nil
}

// write puts the package in its place once all of it is written.
func (o *order) write(e catalogue.Entry) (n int64, hash [32]byte, err error) {
	var file pack.Source
	if o.main != "" {
		if file, err = pack.File(o.main); err != nil {
			return 0, hash, err
		}
	}
	var roots []byte
	if o.roots != "" {
		if roots, err = os.ReadFile(o.roots); err == nil {
			roots, err = catalogue.TrustStore(roots)
		}
		if err != nil {
			return 0, hash, fmt.Errorf("-roots %s: %w", o.roots, err)
		}
	}
	f, err := renameio.NewPendingFile(o.out, renameio.WithStaticPermissions(0o644))
	if err != nil {
		return 0, hash, fmt.Errorf("writing %s: %w", o.out, err)
	}
	defer func() { _ = f.Cleanup() }() // nothing is left to clean once it was replaced
	if n, hash, err = e.Write(f, e.For(o.build, &o.customer), file, roots); err != nil {
		return 0, hash, err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return 0, hash, fmt.Errorf("writing %s: %w", o.out, err)
	}
	return n, hash, nil
}

func versions(kind pack.Kind) []string {
	var list []string
	for _, e := range catalogue.All() {
		if e.Kind == kind {
			list = append(list, e.Version)
		}
	}
	return list
}
