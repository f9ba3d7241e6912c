// SPDX-License-Identifier: Apache-2.0

package appliance

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"understudy/appliance/base/updates"
	"understudy/pkgstore/pack"
	"understudy/pkgstore/plan"
	"understudy/pkgstore/trust"
	"understudy/web/gate"
	"understudy/web/ui"
)

// maxUpload caps an update file with what a browser puts around it, in bytes.
const maxUpload = 512 << 20

// Names of the fields of the form, in the order in which they are read.
const (
	fieldWaive = "waive-expiry"
	fieldFile  = "package"
)

func uploadForm() ui.Form {
	return ui.Form{Action: pathUpload, Fields: []ui.Field{
		{Name: fieldWaive, Label: "Accept metadata that has expired", Type: "checkbox", Help: "Only when the file is older than it may be and you know why. It is written down."},
		{Name: fieldFile, Label: "Update File", Type: "file", Required: true, Help: "As downloaded for this appliance from the update server. Nothing is installed before you have seen what is in it."},
	}, Submit: "Update Software"}
}

// uploadPackage takes an update file (guide: Manual Installation) and leads to
// the page that installs what is in it.
func (p *Pages) uploadPackage(w http.ResponseWriter, r *http.Request) error {
	form := uploadForm()
	file, waive, err := updateFile(r)
	if err == nil && file == nil {
		form.Fail(map[string]string{fieldFile: "Choose the file first."})
		return p.updatesPage(w, r, updatesForms{upload: form})
	}
	var ready updates.Ready
	if err == nil {
		principal, _ := gate.From(r.Context())
		ready, err = p.Updates.Upload(r.Context(), principal.Actor(), file, waive)
	}
	if sentence, known := refusedPackage(err); known {
		form.Fields[0].Checked = waive
		form.Fail(map[string]string{fieldFile: anotherCopy(err, sentence)})
		return p.updatesPage(w, r, updatesForms{upload: form})
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, pathPackages+"/"+ready.ID, "uploaded")
}

// updateFile finds the file in what a browser sends. Nil if there is none.
func updateFile(r *http.Request) (file io.Reader, waive bool, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, false, nil // some other form: there is no file in it
	}
	for range 10 {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, waive, nil
		case err != nil:
			return nil, waive, brokenUpload(err)
		case part.FormName() == fieldWaive:
			waive = true
		case part.FormName() == fieldFile && part.FileName() != "":
			return upload{part}, waive, nil
		}
	}
	return nil, waive, nil
}

// upload tells what went wrong with the sending from what is wrong with the
// file.
type upload struct{ part *multipart.Part }

func (u upload) Read(p []byte) (int, error) {
	n, err := u.part.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = brokenUpload(err)
	}
	return n, err
}

// anotherCopy says of a file that is not as it was signed how to come by
// another one: the update server gives each update once.
func anotherCopy(err error, sentence string) string {
	const advice = " Download it again; if that does not help, contact Support." // of package trust, which does not know where the file is from
	var malformed *pack.FormatError
	text, found := strings.CutSuffix(sentence, advice)
	if !found && !errors.As(err, &malformed) {
		return sentence
	}
	return text + " If only its end is missing, its download can be resumed within 24 hours from the same link; else ask Support to reissue the update."
}

// uploadError is an upload that did not arrive.
type uploadError struct{ sentence string }

func (e *uploadError) Error() string { return e.sentence }

func brokenUpload(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &uploadError{"The file is larger than any update file: " + megabytes(maxUpload) + " is the limit."}
	}
	return &uploadError{"The file did not arrive whole: the connection broke, or the browser sent something else. Try again."}
}

// refusedPackage is the sentence for an error that says why a package is not
// taken or not installed.
func refusedPackage(err error) (string, bool) {
	var untrusted *trust.Error
	var malformed *pack.FormatError
	var unmet *plan.Unmet
	var older *plan.Older
	var other *plan.Other
	var bad *updates.BadError
	var trial *updates.TrialError
	var stopped *updates.PreflightError
	var damaged *updates.DamagedError
	var broken *uploadError
	for _, target := range []any{&untrusted, &malformed, &unmet, &older, &other, &bad, &trial, &stopped, &damaged, &broken} {
		if errors.As(err, target) {
			return ui.Sentence(err.Error()), true
		}
	}
	for _, known := range []error{updates.ErrNoTrust, updates.ErrAgreement, updates.ErrLost} {
		if errors.Is(err, known) {
			return ui.Sentence(known.Error()), true
		}
	}
	return "", false
}
