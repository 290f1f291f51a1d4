// Daprd with only the components that this product uses.
//
// The upstream program registers every component there is, and cannot be built from a Go module proxy alone: it replaces
// a module by a fork that no proxy serves. Everything but the registrations is the upstream program's start.
package main

import (
	"context"
	"os"

	"github.com/dapr/dapr/cmd/daprd/options"
	"github.com/dapr/dapr/pkg/buildinfo"
	bindingsLoader "github.com/dapr/dapr/pkg/components/bindings"
	configurationLoader "github.com/dapr/dapr/pkg/components/configuration"
	conversationLoader "github.com/dapr/dapr/pkg/components/conversation"
	cryptoLoader "github.com/dapr/dapr/pkg/components/crypto"
	lockLoader "github.com/dapr/dapr/pkg/components/lock"
	middlewareLoader "github.com/dapr/dapr/pkg/components/middleware/http"
	resolutionLoader "github.com/dapr/dapr/pkg/components/nameresolution"
	pubsubLoader "github.com/dapr/dapr/pkg/components/pubsub"
	secretLoader "github.com/dapr/dapr/pkg/components/secretstores"
	stateLoader "github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/metrics"
	"github.com/dapr/dapr/pkg/modes"
	"github.com/dapr/dapr/pkg/runtime"
	"github.com/dapr/dapr/pkg/runtime/registry"
	"github.com/dapr/dapr/pkg/security"
	"github.com/dapr/kit/concurrency"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/signals"
	"go.opencensus.io/stats/view"

	bindingsRedis "github.com/dapr/components-contrib/bindings/redis"
	bindingsSmtp "github.com/dapr/components-contrib/bindings/smtp"
	configurationRedis "github.com/dapr/components-contrib/configuration/redis"
	lockRedis "github.com/dapr/components-contrib/lock/redis"
	resolutionKubernetes "github.com/dapr/components-contrib/nameresolution/kubernetes"
	"github.com/dapr/components-contrib/nameresolution/mdns"
	resolutionSqlite "github.com/dapr/components-contrib/nameresolution/sqlite"
	"github.com/dapr/components-contrib/pubsub/kafka"
	secretsKubernetes "github.com/dapr/components-contrib/secretstores/kubernetes"
	secretsEnvironment "github.com/dapr/components-contrib/secretstores/local/env"
	stateRedis "github.com/dapr/components-contrib/state/redis"
)

var log = logger.NewLogger("dapr.runtime")

func main() {
	registerComponents()

	opts, err := options.New(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	if opts.RuntimeVersion {
		os.Stdout.WriteString(buildinfo.Version() + "\n")
		return
	}
	opts.Logger.SetAppID(opts.AppID)
	if err := logger.ApplyOptionsToLoggers(&opts.Logger); err != nil {
		log.Fatal(err)
	}
	if err := run(signals.Context(), opts); err != nil {
		log.Fatal(err)
	}
}

func registerComponents() {
	stateLoader.DefaultRegistry.RegisterComponent(stateRedis.NewRedisStateStore, "redis")
	pubsubLoader.DefaultRegistry.RegisterComponent(kafka.NewKafka, "kafka")
	lockLoader.DefaultRegistry.RegisterComponent(lockRedis.NewStandaloneRedisLock, "redis")
	configurationLoader.DefaultRegistry.RegisterComponent(configurationRedis.NewRedisConfigurationStore, "redis")
	resolutionLoader.DefaultRegistry.RegisterComponent(mdns.NewResolver, "mdns")
	resolutionLoader.DefaultRegistry.RegisterComponent(resolutionSqlite.NewResolver, "sqlite")
	resolutionLoader.DefaultRegistry.RegisterComponent(resolutionKubernetes.NewResolver, "kubernetes")
	secretLoader.DefaultRegistry.RegisterComponent(secretsEnvironment.NewEnvSecretStore, "local.env")
	secretLoader.DefaultRegistry.RegisterComponent(secretsKubernetes.NewKubernetesSecretStore, "kubernetes")
	// The configuration building block only reads. Settings are changed at run time by writing the keys it watches, and
	// this binding lets a service do that through its sidecar instead of connecting to Redis itself.
	bindingsLoader.DefaultRegistry.RegisterOutputBinding(bindingsRedis.NewRedis, "redis")
	bindingsLoader.DefaultRegistry.RegisterOutputBinding(bindingsSmtp.NewSMTP, "smtp")

	// A registry without a logger makes the components that log while they are built panic.
	contrib := logger.NewLogger("dapr.contrib")
	secretLoader.DefaultRegistry.Logger = contrib
	stateLoader.DefaultRegistry.Logger = contrib
	configurationLoader.DefaultRegistry.Logger = contrib
	lockLoader.DefaultRegistry.Logger = contrib
	pubsubLoader.DefaultRegistry.Logger = contrib
	resolutionLoader.DefaultRegistry.Logger = contrib
	bindingsLoader.DefaultRegistry.Logger = contrib
	cryptoLoader.DefaultRegistry.Logger = contrib
	conversationLoader.DefaultRegistry.Logger = contrib
	middlewareLoader.DefaultRegistry.Logger = contrib
}

func componentRegistry() *registry.Options {
	return registry.NewOptions().
		WithSecretStores(secretLoader.DefaultRegistry).
		WithStateStores(stateLoader.DefaultRegistry).
		WithConfigurations(configurationLoader.DefaultRegistry).
		WithLocks(lockLoader.DefaultRegistry).
		WithPubSubs(pubsubLoader.DefaultRegistry).
		WithNameResolutions(resolutionLoader.DefaultRegistry).
		WithBindings(bindingsLoader.DefaultRegistry).
		WithCryptoProviders(cryptoLoader.DefaultRegistry).
		WithHTTPMiddlewares(middlewareLoader.DefaultRegistry).
		WithConversations(conversationLoader.DefaultRegistry)
}

func run(ctx context.Context, opts *options.Options) error {
	health := healthz.New()
	sec, err := security.New(ctx, security.Options{
		SentryAddress:           opts.SentryAddress,
		ControlPlaneTrustDomain: opts.ControlPlaneTrustDomain,
		ControlPlaneNamespace:   opts.ControlPlaneNamespace,
		TrustAnchors:            opts.TrustAnchors,
		AppID:                   opts.AppID,
		MTLSEnabled:             opts.EnableMTLS,
		Mode:                    modes.DaprMode(opts.Mode),
		Healthz:                 health,
		JwtAudiences:            opts.SentryRequestJwtAudiences,
	})
	if err != nil {
		return err
	}
	return concurrency.NewRunnerManager(sec.Run, func(ctx context.Context) error {
		handler, err := sec.Handler(ctx)
		if err != nil {
			return err
		}
		rt, err := runtime.FromConfig(ctx, runtimeConfig(opts, handler, health))
		if err != nil {
			return err
		}
		return rt.Run(ctx)
	}).Run(ctx)
}

func runtimeConfig(opts *options.Options, handler security.Handler, health healthz.Healthz) *runtime.Config {
	return &runtime.Config{
		AppID:                         opts.AppID,
		ActorsService:                 opts.ActorsService,
		ActorsDisseminationTimeout:    opts.ActorsDisseminationTimeout,
		HotReloadReconcileInterval:    opts.HotReloadReconcileInterval,
		RemindersService:              opts.RemindersService,
		SchedulerAddress:              opts.SchedulerAddress,
		SchedulerStreams:              opts.SchedulerJobStreams,
		AllowedOrigins:                opts.AllowedOrigins,
		ResourcesPath:                 opts.ResourcesPath,
		ControlPlaneAddress:           opts.ControlPlaneAddress,
		AppProtocol:                   opts.AppProtocol,
		Mode:                          opts.Mode,
		DaprHTTPPort:                  opts.DaprHTTPPort,
		DaprInternalGRPCPort:          opts.DaprInternalGRPCPort,
		DaprInternalGRPCListenAddress: opts.DaprInternalGRPCListenAddress,
		DaprAPIGRPCPort:               opts.DaprAPIGRPCPort,
		DaprAPIListenAddresses:        opts.DaprAPIListenAddresses,
		DaprPublicPort:                opts.DaprPublicPort,
		DaprPublicListenAddress:       opts.DaprPublicListenAddress,
		ApplicationPort:               opts.AppPort,
		ProfilePort:                   opts.ProfilePort,
		EnableProfiling:               opts.EnableProfiling,
		AppMaxConcurrency:             opts.AppMaxConcurrency,
		EnableMTLS:                    opts.EnableMTLS,
		SentryAddress:                 opts.SentryAddress,
		MaxRequestSize:                opts.MaxRequestSize,
		ReadBufferSize:                opts.ReadBufferSize,
		UnixDomainSocket:              opts.UnixDomainSocket,
		DaprGracefulShutdownSeconds:   opts.DaprGracefulShutdownSeconds,
		DaprBlockShutdownDuration:     opts.DaprBlockShutdownDuration,
		DisableBuiltinK8sSecretStore:  opts.DisableBuiltinK8sSecretStore,
		EnableAppHealthCheck:          opts.EnableAppHealthCheck,
		AppHealthCheckPath:            opts.AppHealthCheckPath,
		AppHealthProbeInterval:        opts.AppHealthProbeInterval,
		AppHealthProbeTimeout:         opts.AppHealthProbeTimeout,
		AppHealthThreshold:            opts.AppHealthThreshold,
		AppChannelAddress:             opts.AppChannelAddress,
		EnableAPILogging:              opts.EnableAPILogging,
		Config:                        opts.Config,
		DisableInitEndpoints:          opts.DisableInitEndpoints,
		AppBindingOptionsTimeout:      opts.AppBindingOptionsTimeout,
		Metrics: metrics.Options{
			Enabled:       opts.Metrics.Enabled(),
			Log:           log,
			Port:          opts.Metrics.Port(),
			Namespace:     metrics.DefaultMetricNamespace,
			Healthz:       health,
			ListenAddress: opts.Metrics.ListenAddress(),
			Meter:         view.NewMeter(),
		},
		AppSSL:         opts.AppSSL,
		ComponentsPath: opts.ComponentsPath,
		Registry:       componentRegistry(),
		Security:       handler,
		Healthz:        health,
	}
}
