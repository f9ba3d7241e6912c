// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed assets/*.css assets/*.js assets/*.svg
var assetFiles embed.FS

// Asset is a file that pages link to. Its path changes with its content, so
// browsers may keep it for ever.
type Asset struct {
	Name string // "app.css"
	Path string // "/appliance/assets/app.k3v2….css"

	kind   string
	plain  []byte
	packed func() []byte
}

// assetKinds are the kinds of file that assets are.
var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// loadAssets reads the embedded files, to be served below prefix.
func loadAssets(prefix string) (map[string]*Asset, error) {
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	assets := make(map[string]*Asset)
	for _, e := range entries {
		content, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
		ext := path.Ext(e.Name())
		assets[e.Name()] = &Asset{
			Name:   e.Name(),
			Path:   prefix + strings.TrimSuffix(e.Name(), ext) + "." + hash + ext,
			kind:   assetKinds[ext],
			plain:  content,
			packed: sync.OnceValue(func() []byte { return pack(content) }),
		}
	}
	return assets, nil
}

// pack compresses an asset, once and when it is first asked for.
func pack(content []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	z.Write(content)                                      // a Buffer does not fail
	z.Close()
	return b.Bytes()
}

// ServeHTTP sends the asset, compressed where the browser takes it.
func (a *Asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = a.packed()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	w.Write(body)
}
