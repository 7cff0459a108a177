package org.speechrate;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(
              "org.speechrate.corpus",
              "org.speechrate.labels",
              "org.speechrate.embeddings",
              "org.speechrate.dataset",
              "org.speechrate.encoder",
              "org.speechrate.regression",
              "org.speechrate.training",
              "org.speechrate.evaluation",
              "org.speechrate.report",
              "org.speechrate.probe",
              "org.speechrate.predict",
              "org.speechrate.publishing",
              "org.speechrate.run",
              "org.speechrate.store");

  @Test
  void stageClassesKnowNoTemporal() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("ActivitiesImpl")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.temporal..")
        .because("a stage's own classes also run in a notebook or a test, without Temporal")
        .check(classes);
  }

  @Test
  void onlyActivitiesImplementActivityInterfaces() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("ActivitiesImpl")
        .should()
        .dependOnClassesThat(simpleNameEndingWith("Activities"))
        .check(classes);
  }

  @Test
  void stagesDoNotDependOnEachOtherInCircles() {
    slices().matching("org.speechrate.(*)..").should().beFreeOfCycles().check(classes);
  }
}
