// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxSecret bounds a password file, in bytes.
const maxSecret = 4096

// password returns a password: the first line of the file, of standard input
// for "-", or else what the person types. flag names the flag that gives the
// file, for the error when there is nobody to ask.
func (a *app) password(prompt, file, flag string) (string, error) {
	switch {
	case file == "-":
		return firstLine(a.in, "standard input")
	case file != "":
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		defer f.Close()
		return firstLine(bufio.NewReader(io.LimitReader(f, maxSecret)), file)
	case !a.interactive():
		return "", usage("%s: there is no terminal to ask on; give %s FILE, or %s - for standard input", strings.ToLower(prompt), flag, flag)
	}
	fmt.Fprintf(a.errOut, "%s: ", prompt)
	typed, err := term.ReadPassword(int(a.stdin.Fd()))
	fmt.Fprintln(a.errOut)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(typed), nil
}

// newPassword returns a password to set; typed ones are typed twice.
func (a *app) newPassword(file, flag string) (string, error) {
	first, err := a.password("New password", file, flag)
	if err != nil || file != "" {
		return first, err
	}
	second, err := a.password("New password, once more", "", flag)
	if err == nil && first != second {
		err = errors.New("the two passwords differ: nothing was changed")
	}
	return first, err
}

func firstLine(r *bufio.Reader, from string) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the password from %s: %w", from, err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", usage("%s holds no password in its first line", from)
	}
	return line, nil
}

// line asks for one line of text.
func (a *app) line(prompt string) (string, error) {
	fmt.Fprintf(a.errOut, "%s: ", plainLines(prompt))
	text, err := a.in.ReadString('\n')
	if err != nil && (err != io.EOF || text == "") {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// agree asks a question that only "yes" answers. yes is the flag that answers
// it beforehand.
func (a *app) agree(question string, yes bool) error {
	if yes {
		return nil
	}
	if !a.interactive() {
		return usage("%s There is no terminal to ask on; give --yes if you mean it", question)
	}
	answer, err := a.line(question + " Type yes")
	if err != nil {
		return err
	}
	if !strings.EqualFold(answer, "yes") {
		return errors.New("nothing was done")
	}
	return nil
}
