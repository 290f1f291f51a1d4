package ticketing.elasticsearch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Starts one Elasticsearch node in this JVM from the jars under {@code es.path.home}:
 * lib/ is the class path, modules/NAME/ holds each plugin's jars.
 */
public final class ElasticsearchServer {

    private ElasticsearchServer() {}

    public static void main(String[] args) throws Exception {
        long startedAt = System.nanoTime();
        Path home = Path.of(System.getProperty("es.path.home", ".")).toAbsolutePath().normalize();
        Path config = Path.of(System.getProperty("es.path.conf", home.resolve("config").toString()));

        Settings.Builder settings = Settings.builder().put("path.home", home.toString());
        System.getProperties().forEach((k, v) -> {
            if (k.toString().startsWith("es.set.")) {
                settings.put(k.toString().substring("es.set.".length()), v.toString());
            }
        });

        LogConfigurator.registerErrorListener();
        Environment env = InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), config, () -> "node-1");
        Files.createDirectories(env.logsDir());
        LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(env.settings()));
        LogConfigurator.configure(env, true);
        Logger log = LogManager.getLogger(ElasticsearchServer.class);

        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(env.modulesDir(), false),
            PluginsLoader.loadPluginsBundles(env.pluginsDir(), false),
            Map.of(),
            false);

        Node node = new Node(env, plugins);
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.prepareForClose();
                node.close();
                if (!node.awaitClose(10, TimeUnit.SECONDS)) {
                    log.warn("node did not close within 10s");
                }
            } catch (Exception e) {
                log.warn("closing the node failed", e);
            } finally {
                LogManager.shutdown();
                closed.countDown();
            }
        }, "es-shutdown"));
        node.start();
        log.info("STARTED in {} ms", (System.nanoTime() - startedAt) / 1_000_000);
        closed.await();
    }
}
