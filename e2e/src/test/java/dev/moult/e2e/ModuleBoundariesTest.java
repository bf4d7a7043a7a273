package dev.moult.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Who may know whom. A rule that finds no class of its own fails: it would hold for nothing. */
final class ModuleBoundariesTest {
  private static final JavaClasses MOULT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.moult");

  private static final String[] FRAMEWORKS = {
    "io.quarkus..",
    "jakarta..",
    "io.fabric8..",
    "io.javaoperatorsdk..",
    "com.fasterxml.jackson..",
    "io.micrometer.."
  };

  @SuppressWarnings("UnusedVariable") // by name, below
  private static final List<ArchRule> RULES =
      List.of(
          noClasses()
              .that()
              .resideInAPackage("dev.moult.operator..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(
                  "dev.moult.agent..",
                  "dev.moult.broker..",
                  "dev.moult.launcher..",
                  "dev.moult.wire..",
                  "dev.moult.memory..",
                  "dev.moult.qemu..",
                  "dev.moult.autopsy..",
                  "dev.moult.linux..")
              .because("operator and node agent meet at the API server alone"),
          noClasses()
              .that()
              .resideInAnyPackage(
                  "dev.moult.agent..",
                  "dev.moult.broker..",
                  "dev.moult.launcher..",
                  "dev.moult.wire..",
                  "dev.moult.memory..",
                  "dev.moult.qemu..",
                  "dev.moult.linux..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("dev.moult.operator..")
              .because("operator and node agent meet at the API server alone"),
          noClasses()
              .that()
              .resideInAPackage("dev.moult..")
              .and()
              .resideOutsideOfPackage("dev.moult.linux..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("com.sun.jna..")
              .because("native calls have one room"),
          noClasses()
              .that()
              .resideInAnyPackage(
                  "dev.moult.launcher..",
                  "dev.moult.broker..",
                  "dev.moult.wire..",
                  "dev.moult.autopsy..",
                  "dev.moult.memory..",
                  "dev.moult.linux..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(FRAMEWORKS)
              .because("what is privileged, or runs in a user's image, carries no framework"),
          noClasses()
              .that()
              .resideInAPackage("dev.moult.agent..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("dev.moult.broker..")
              .because("the agent asks the broker over wire"),
          noClasses()
              .that()
              .resideInAPackage("dev.moult.broker..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage("dev.moult.agent..", "dev.moult.qemu..", "dev.moult.api..")
              .because("the privileged part parses nothing of QEMU's or the API's"),
          classes()
              .that()
              .resideInAPackage("dev.moult.memory..")
              .should()
              .onlyDependOnClassesThat()
              .resideInAnyPackage(
                  "dev.moult.memory..", "dev.moult.linux..", "java..", "org.jspecify..")
              .because("it knows descriptors and bytes alone"),
          noClasses()
              .that()
              .resideInAPackage("dev.moult.broker..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("dev.moult.memory..")
              .because("the privileged part reads no file of a user's volume"),
          classes()
              .that()
              .resideInAPackage("dev.moult.cli..")
              .should()
              .onlyDependOnClassesThat()
              .resideInAnyPackage(
                  "dev.moult.cli..",
                  "dev.moult.api..",
                  "java..",
                  "javax.imageio..",
                  "io.fabric8..",
                  "io.vertx.core..",
                  "org.snakeyaml.engine..",
                  "com.fasterxml.jackson..",
                  "picocli..",
                  "org.jspecify..")
              .because("the plugin is a user's: it knows the API alone, and stays quick to start"),
          classes()
              .that()
              .resideInAPackage("dev.moult.qemu.qmp..")
              .should()
              .onlyHaveDependentClassesThat()
              .resideInAnyPackage("dev.moult.qemu..", "dev.moult.agent..", "dev.moult.bench..")
              .because("QMP is spoken in one room and used by the agent"),
          classes()
              .that()
              .resideInAPackage("dev.moult.api..")
              .should()
              .onlyDependOnClassesThat()
              .resideInAnyPackage(
                  "dev.moult.api..",
                  "java..",
                  "io.fabric8..",
                  "com.fasterxml.jackson..",
                  "org.jspecify..",
                  "io.soabase..",
                  "javax.annotation.processing..")
              .because("the API has no logic and needs nothing of Moult"));

  @ParameterizedTest
  @FieldSource("RULES")
  void holds(ArchRule rule) {
    rule.check(MOULT);
  }
}
