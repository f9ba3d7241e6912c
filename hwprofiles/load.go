// SPDX-License-Identifier: Apache-2.0

package hwprofiles

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"
)

// ErrUnknown is wrapped by ByName for a name that no profile has.
var ErrUnknown = errors.New("unknown hardware profile")

// order is how models are listed: virtual ones first, small before large.
var order = []string{"va-small", "va-medium", "va-large", "b200", "b300", "b400"}

//go:embed models/*.toml
var models embed.FS

// load reads the data files once. They are part of the program, so an error
// here is one that the package's test finds.
var load = sync.OnceValues(func() ([]Profile, error) {
	var all []Profile
	for _, name := range order {
		b, err := models.ReadFile("models/" + name + ".toml")
		if err != nil {
			return nil, fmt.Errorf("hardware profile %s: %w", name, err)
		}
		p, err := parse(name, b)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
})

// All lists the profiles, virtual ones first, from small to large. The caller
// must not change what the slices in them hold.
func All() []Profile {
	all, _ := load()
	return slices.Clone(all)
}

// ByName returns the profile with this name.
func ByName(name string) (Profile, error) {
	all, err := load()
	if err != nil {
		return Profile{}, err
	}
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("%w: %.40q", ErrUnknown, name)
}

// parse reads and checks one data file.
func parse(name string, b []byte) (Profile, error) {
	var p Profile
	meta, err := toml.Decode(string(b), &p)
	if err != nil {
		return p, fmt.Errorf("hardware profile %s: %w", name, err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return p, fmt.Errorf("hardware profile %s: unknown entry %s", name, extra[0])
	}
	if err := p.check(name); err != nil {
		return p, fmt.Errorf("hardware profile %s: %w", name, err)
	}
	return p, nil
}

func (p Profile) check(name string) error {
	switch {
	case p.Name != name:
		return fmt.Errorf("name is %q", p.Name)
	case p.Model == "":
		return errors.New("no model")
	case p.Kind != Virtual && p.Kind != Hardware:
		return fmt.Errorf("kind is %q", p.Kind)
	case p.CPUs < 1 || p.MemoryMiB < 512:
		return fmt.Errorf("%d CPUs and %d MiB of memory are too few", p.CPUs, p.MemoryMiB)
	case len(p.Disks) == 0 || len(p.NICs) == 0 || len(p.Drivers) == 0:
		return errors.New("no disks, NICs or drivers")
	case len(p.Firmware) == 0 || p.Watchdog == "":
		return errors.New("no firmware or watchdog")
	case !slices.Contains(p.Drivers, p.Watchdog):
		return fmt.Errorf("watchdog %s is not among the drivers", p.Watchdog)
	case p.Recommended.CPUs < 1 || p.Recommended.MemoryMiB < 512 || p.Recommended.DiskGiB < 2:
		return errors.New("nothing recommended")
	case p.Argon2.Time < 1 || p.Argon2.MemoryKiB < 19456 || p.Argon2.Threads < 1:
		return errors.New("password hashes are too cheap")
	}
	for _, d := range p.Disks {
		if _, ok := busDrivers[d.Bus]; !ok {
			return fmt.Errorf("unknown bus %q", d.Bus)
		}
		if d.SizeGiB < 2 {
			return fmt.Errorf("disk of %d GiB", d.SizeGiB)
		}
	}
	return p.checkDrivers()
}

// busDrivers and nicDrivers are the modules without which a bus or a card is
// dead.
var (
	busDrivers = map[string][]string{
		"virtio-blk":  {"virtio_pci", "virtio_blk"},
		"virtio-scsi": {"virtio_pci", "virtio_scsi", "sd_mod"},
		"pvscsi":      {"vmw_pvscsi", "sd_mod"},
		"ahci":        {"ahci", "sd_mod"},
		"nvme":        {"nvme"},
	}
	nicDrivers = map[string][]string{
		"virtio-net": {"virtio_pci", "virtio_net"},
		"vmxnet3":    {"vmxnet3"},
		"e1000":      {"e1000"},
		"e1000e":     {"e1000e"},
	}
)

func (p Profile) checkDrivers() error {
	var need []string
	for _, d := range p.Disks {
		need = append(need, busDrivers[d.Bus]...)
	}
	for _, n := range p.NICs {
		drivers, ok := nicDrivers[n.Driver]
		if !ok {
			return fmt.Errorf("unknown network card %q", n.Driver)
		}
		need = append(need, drivers...)
	}
	for _, d := range need {
		if !slices.Contains(p.Drivers, d) {
			return fmt.Errorf("driver %s is missing", d)
		}
	}
	for _, f := range p.Firmware {
		if f != "bios" && f != "uefi" {
			return fmt.Errorf("unknown firmware %q", f)
		}
	}
	return nil
}
